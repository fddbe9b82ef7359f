# What people run. Each target that builds installs the packages it needs first (scripts/install-packages).

CARGO ?= cargo
STAGE := scripts/stage
# The columnar engine has a target of its own: what it depends on is most of a cold build.
TESTED := --workspace --exclude tracee-columnar

.PHONY: build demo test test-all beside-tests test-arm64 test-vm test-columnar test-spark check format lints bench \
	generate clean

# Leaves target/release/tracee.
build:
	@scripts/install-packages build
	$(CARGO) build --release --locked
	@echo "target/release/tracee"

# Records a small workload live and asks a few questions about it.
demo: build
	@scripts/demo target/release/tracee

# One debug build serves all tests; the other feature sets are only checked. The emulated machines need a processor each and
# nothing else of this one, so they run beside each other.
test:
	@$(STAGE) packages scripts/install-packages test
	@$(MAKE) --no-print-directory format
	@$(STAGE) build $(CARGO) test $(TESTED) --locked --no-run
	@$(MAKE) --no-print-directory --jobs=2 test-all beside-tests
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=line test-vm test-arm64

test-all:
	@live=$$(scripts/live-tests) && sigma=$$(scripts/pysigma) && \
		TRACEE_LIVE=$$live TRACEE_PYSIGMA=$$sigma $(STAGE) tests $(CARGO) test $(TESTED) --locked

# Tests wait often; what is linted meanwhile has the time that they leave. Cargo keeps others from building until tests run.
beside-tests:
	@sleep 30
	@nice -n 19 $(MAKE) --no-print-directory lints

# Boots an aarch64 kernel in an emulated machine and has its verifier look at the kernel programs.
test-arm64:
	@scripts/install-packages test
	@$(STAGE) arm64 $(CARGO) test $(TESTED) --locked --test architectures -- --ignored

# The live tests once more on Linux 6.1, in an emulated machine: other hooks, another verifier, and the whole host. Uses
# the debug build of `test`.
test-vm:
	@scripts/install-packages test
	@$(STAGE) guest scripts/vm/test

# The columnar engine's own tests, and the program with it, in a directory of their own: other tests run the program without it.
# The linter is in the compiler's place, so that one build is tested and linted. Other engines (DuckDB, pyarrow, pandas, polars)
# read the datasets.
COLUMNAR := -p tracee-columnar -p tracee --features tracee/columnar --locked --lib --bins --test session --test findings --test columnar --test engines
test-columnar: export CARGO_TARGET_DIR := $(abspath $(or $(CARGO_TARGET_DIR),target))/columnar
test-columnar: export RUSTC_WORKSPACE_WRAPPER = $(shell rustc --print sysroot)/bin/clippy-driver
test-columnar: export CLIPPY_ARGS := -Dwarnings__CLIPPY_HACKERY__
test-columnar:
	@$(STAGE) readers scripts/readers
	@$(STAGE) columnar-build $(CARGO) test $(COLUMNAR) --no-run
	@live=$$(scripts/live-tests) && TRACEE_LIVE=$$live TRACEE_READERS=required $(STAGE) columnar $(CARGO) test $(COLUMNAR)
	@$(STAGE) datasets scripts/datasets "$$CARGO_TARGET_DIR" target/datasets
	@$(STAGE) datasets-read target/readers/bin/python tests/readers/check.py $(CURDIR)/target/datasets/*

# Spark (out of a Python environment in target/spark, some 300 MB; Java 17 is to be there) with a master and two workers on
# loopback answers queries on the dataset of a fixture.
test-spark:
	@python3 -m venv target/spark
	@target/spark/bin/pip install --quiet 'pyspark>=3.5,<4'
	TRACEE_SPARK=required $(CARGO) test -p tracee-columnar -p tracee --features tracee/columnar --locked --test engines spark

# Formatting, lints, and the two smaller builds of the program.
check: format lints

format:
	@$(STAGE) format $(CARGO) fmt --all --check

lints:
	@$(STAGE) lints $(CARGO) clippy $(TESTED) --all-targets --locked -- -D warnings
	@$(STAGE) record-only $(CARGO) clippy -p tracee --locked --no-default-features --features record -- -D warnings
	@$(STAGE) analyze-only $(CARGO) clippy -p tracee --locked --no-default-features --features analyze -- -D warnings
	@if $(CARGO) deny --version >/dev/null 2>&1; then $(STAGE) licences $(CARGO) deny check bans licenses sources; fi

# Measures and reports; fails on nothing.
bench:
	@scripts/install-packages bench
	@bench/run

# Writes the files that derive from the declarations of events and tables: bpf/events.h, docs/events.md, docs/tables.md.
generate:
	$(CARGO) run --locked -p tracee-formats --example generate
	$(CARGO) run --locked -p tracee-analyzer --example tables > docs/tables.md

clean:
	$(CARGO) clean
