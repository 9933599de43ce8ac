# The two commands that do everything: `make demo` and `make test`.

# A CSV file of your own for the demo: make demo FILE=mine.csv
FILE ?=
CARGO ?= cargo

# The binaries that the tests run, by their packages.
BINARIES := batchwright profile on-upload on-message on-schedule on-job-change on-wake sweep

.PHONY: demo test fmt lint unit binaries strangers bench

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

## boto3 and the aws CLI, which know nothing of us, against the real binary. Without Python 3.10 they are left out, and said to
## be; in CI that is a failure.
PYTHON_IS_NEW := $(shell python3 -c 'import sys; print(int(sys.version_info >= (3, 10)))' 2>/dev/null)

ifeq ($(PYTHON_IS_NEW),1)
strangers: target/strangers/.installed
	target/strangers/bin/python tests/strangers/run.py target/debug/batchwright
else
strangers:
	@echo "NOT RUN: the tests with boto3 and the aws CLI need Python 3.10 or newer"
	@test -z "$(CI)"
endif

target/strangers/.installed: tests/strangers/requirements.txt
	python3 -m venv target/strangers
	target/strangers/bin/pip install --quiet --requirement tests/strangers/requirements.txt
	touch $@

## Requests, capacity units and rates, beside xargs.
bench:
	$(CARGO) run --locked --release --package bench
