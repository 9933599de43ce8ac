# The two commands that do everything: `make demo` and `make test`.

# A CSV file of your own for the demo: make demo FILE=mine.csv
FILE ?=
CARGO ?= cargo

# The binaries of the product and of its tests, by their packages.
BINARIES := batchwright profile on-upload on-message on-schedule on-job-change on-wake sweep simulation protocol soak fuzz batch-engine

.PHONY: demo test fmt lint unit binaries strangers sim fuzz soak protocol mutants bench package deploy teardown verify-infra lint-infra

## Runs the main job on real data, on this machine, and shows the result.
demo:
	$(CARGO) build --locked --package batchwright --package profile
	target/debug/batchwright demo $(if $(FILE),--file "$(FILE)")

# A number that what is random follows from: make sim SEED=7 replays one world, with its trace.
SEED ?=

## Everything, from formatting to end to end, faults and kills included. Clippy compiles as rustc does and lints on the way, so that
## what is linted and what is tested is one build.
test: export RUSTC_WORKSPACE_WRAPPER := clippy-driver
test: export CLIPPY_ARGS := -Dwarnings
test: fmt unit strangers verify-infra
	$(MAKE) sim RUNS=5000
	$(MAKE) fuzz INPUTS=40000
	$(MAKE) soak KILLS=10 RUNS=40

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

## The stack for AWS: its templates read by linters, and itself deployed on an emulator, with the packaged functions.
verify-infra: lint-infra binaries package target/strangers/.installed target/infra/.installed
	target/infra/bin/python tests/infra/verify.py
	target/infra-lint/bin/python tests/infra/init/measure.py target/lambda
	target/infra/bin/python tests/infra/init/invocations.py target/lambda target/debug/batchwright
else
strangers verify-infra:
	@echo "NOT RUN: $@ needs Python 3.10 or newer"
	@test -z "$(CI)"
endif

# What SAM makes of the template is read too: that is what is deployed.
lint-infra: target/infra-lint/.installed
	AWS_DEFAULT_REGION=us-east-1 target/infra-lint/bin/python tests/infra/transform.py target/infra-lint/transformed.json
	target/infra-lint/bin/cfn-lint infra/*.yaml target/infra-lint/transformed.json
	target/infra-lint/bin/checkov --config-file infra/.checkov.yaml --directory infra
	target/infra-lint/bin/checkov --config-file infra/.checkov.yaml --file target/infra-lint/transformed.json

# Environments of Python, each with the packages that its requirements pin.
target/strangers/.installed: tests/strangers/requirements.txt
target/infra/.installed: tests/infra/requirements.txt
target/infra-lint/.installed: tests/infra/lint-requirements.txt
target/package/.installed: infra/requirements.txt
target/strangers/.installed target/infra/.installed target/infra-lint/.installed target/package/.installed:
	python3 -m venv $(@D)
	$(@D)/bin/pip install --quiet --requirement $<
	touch $@

## Requests, capacity units and rates, beside xargs.
bench:
	$(CARGO) run --locked --release --package bench

## The whole control plane in virtual time, with every fault there is: RUNS runs at least, in worlds of a handful each; or the world
## of SEED.
sim: RUNS ?= 3000
sim: binaries
	target/debug/simulation $(if $(SEED),--seed $(SEED),--runs $(RUNS))

## Inputs made to hurt, for all that reads what comes from outside: INPUTS of them, which follow from SEED, or its one case CASE.
fuzz: INPUTS ?= 1000000
fuzz: binaries
	target/debug/fuzz --seed $(or $(SEED),1) $(if $(CASE),--case $(CASE),--inputs $(INPUTS))

## The protocol of claim, submit, record, settle, adopt and cancel, in every reachable state.
protocol: binaries
	target/debug/protocol

## The real binary with RUNS runs in flight, killed with SIGKILL KILLS times, within LIFE_MS milliseconds after each start, at
## random moments that follow from SEED.
soak: KILLS ?= 100
soak: RUNS ?= 200
soak: LIFE_MS ?= 4000
soak: binaries
	target/debug/soak --kills $(KILLS) --runs $(RUNS) --life-ms $(LIFE_MS) $(if $(SEED),--seed $(SEED))

## Whether a test notices each small change of the machines. Needs cargo-mutants; .cargo/mutants.toml says what is left out and why.
mutants:
	$(CARGO) mutants --package machine

# The functions' processors: x86_64 or arm64. Another than this machine's needs its target: rustup target add.
ARCH ?= x86_64
FUNCTIONS := on-upload on-message on-schedule on-job-change on-wake sweep
export ARCH

## The zip of each Lambda function, target/lambda/<function>/bootstrap.zip, and how large it is.
package: export RUSTC_WORKSPACE_WRAPPER :=
package: target/package/.installed
	PATH="$(CURDIR)/target/package/bin:$$PATH" $(CARGO) lambda build --locked --profile function --output-format zip \
	    --$(subst _,-,$(ARCH)) $(addprefix --package ,$(FUNCTIONS))
	@for function in $(FUNCTIONS); do \
	    printf '%-15s %9d bytes zipped\n' $$function $$(wc -c <target/lambda/$$function/bootstrap.zip); \
	done

# The name of a stack.
STACK ?=
# Parameters of the stack, as NAME=VALUE NAME=VALUE.
PARAMETERS ?=

## Deploys the packaged functions as the stack STACK, or updates it. docs/aws.md has all about it.
deploy:
	infra/deploy.sh $(STACK) $(PARAMETERS)

## Deletes the stack STACK. Its table and bucket are kept, unless DELETE_DATA=table-and-bucket.
teardown:
	infra/teardown.sh $(STACK)
