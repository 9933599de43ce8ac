# The two commands that do everything: `make demo` and `make test`.

# A CSV file of your own for the demo: make demo FILE=mine.csv
FILE ?=
CARGO ?= cargo

# The binaries that the tests run, by their packages.
BINARIES := batchwright profile on-upload on-message on-schedule on-job-change on-wake sweep

.PHONY: demo test fmt lint unit binaries end-to-end strangers bench

## Runs the main job on real data, on this machine, and shows the result.
demo:
	$(CARGO) build --locked --package batchwright --package profile
	target/debug/batchwright demo $(if $(FILE),--file "$(FILE)")

## Everything, from formatting to end to end.
test: fmt lint unit strangers

fmt:
	$(CARGO) fmt --all -- --check

lint:
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

## Unit, property, adapter and end-to-end tests. The end-to-end tests run the real binaries, so these are built first.
unit: binaries
	$(CARGO) test --locked --workspace

binaries:
	$(CARGO) build --locked $(addprefix --package ,$(BINARIES))

## boto3 and the aws CLI, which know nothing of us, against the real binary.
strangers: target/strangers/.installed
	target/strangers/bin/python tests/strangers/run.py target/debug/batchwright

target/strangers/.installed: tests/strangers/requirements.txt
	python3 -c 'import sys; assert sys.version_info >= (3, 10), "Python 3.10 or newer is needed for the tests with boto3 and the aws CLI"'
	python3 -m venv target/strangers
	target/strangers/bin/pip install --quiet --requirement tests/strangers/requirements.txt
	touch $@

## Requests, capacity units and rates, beside xargs.
bench:
	$(CARGO) run --locked --release --package bench
