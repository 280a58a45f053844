# make demo, make test, make lint: each sets up what it needs in .venv and build/. Outside of the clone only caches are
# written, in ~/.cache, and what `make demo KEEP=1` leaves running, in ~/.cache/greenshift.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/.ready
export UV_PYTHON_DOWNLOADS := never
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup path deployer demo test load faults lint bench clean

help:
	@echo "make demo         releases the sample service four times on an embedded AWS (KEEP=1 leaves it running)"
	@echo "make deployer     deploys Greenshift to the AWS account and region of your environment"
	@echo "make path         prints a PATH with greenshift, and cdk with its Node"
	@echo "make test         runs the tests"
	@echo "make load         stops, kills and restarts everything under traffic, about 20 minutes"
	@echo "make faults       explores every fault at every call of a deployment, about an hour (ARGS=\"--case ID\" for one)"
	@echo "make lint         checks style, types, import rules and the state machine"
	@echo "make bench        measures what the README states"
	@echo "make clean        removes what the others made"

setup: $(READY)

# uv comes into the environment first and then makes the environment what uv.lock says.
$(READY): pyproject.toml uv.lock infra/construct/pyproject.toml tests/faults/command/pyproject.toml
	@test -n "$(PYTHON)" || { echo "Greenshift needs Python 3.11 or newer: install it (apt-get install python3 python3-venv, or python.org)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) has no venv module: install it (apt-get install python3-venv)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || { echo "Setting up .venv: about 1 GB, once" >&2; $(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"; }
	@$(BIN)/uv sync --quiet --frozen --all-extras
	@touch $@

# The cdk of .venv would fetch a Node of its own if it did not find the one beside it.
path: $(READY)
	@$(BIN)/python -c 'from infra.local.toolchain import search_path; print(search_path())'

deployer: $(READY)
	@PATH="$$($(MAKE) -s path)" sh -c 'cdk bootstrap && cdk deploy Greenshift --require-approval never'

demo: $(READY)
	@$(BIN)/python -m infra.cli.demo $(if $(KEEP),--keep)

# Three at a time on two cores, the longest files first. The end-to-end tests put load on an
# environment and measure what it answers: two at a time, each with its own, of which neither
# is busy for long.
test: $(READY)
ifdef ARGS
	@$(BIN)/python -m pytest $(ARGS)
else
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder \
		tests/faults tests/statemachine tests/infra tests/unit
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder tests/e2e
endif

# The long list of tests/e2e: what stops, dies and comes at once while customers ask. It ends with a
# table of every request and message.
load: $(READY)
	@$(BIN)/python -m pytest tests/e2e/load $(ARGS)

# The whole exploration, for a night; `make test` runs a part of it.
faults: $(READY)
	@$(BIN)/greenshift-faults $(ARGS)
ifndef ARGS
	@GREENSHIFT_FAULTS_ORDERS=200 $(BIN)/python -m pytest --timeout 3600 tests/faults/test_any_order.py
endif

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/statelint statemachine/deployment.asl.json

bench: $(READY)
	@for bench in tests/bench/bench_*.py; do $(BIN)/python $$bench || exit 1; done

clean:
	rm -rf .venv build cdk.out dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
