# Everything by one word. The tools live in .venv; nothing else is touched (as root on Debian: apt-get for what is missing).
PYTHON ?= python3
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/pytest -n $(JOBS) --dist loadfile
LOCK := $(BIN)/uv pip compile pyproject.toml -q --universal --generate-hashes --no-header --no-annotate --no-emit-index-url

.DEFAULT_GOAL := help
.PHONY: help run test check lint audit contract bench format lock clean

help: ## say what there is
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: $(VENV)/run ## start everything with the demo district; PORT, LIANQIN_DATA_DIR, DATABASE_URL are heeded
	@$(BIN)/lianqin run

test: $(VENV)/dev ## all tests, on a database of their own; ARGS="-k words" for some
	@$(PYTEST) $(ARGS)

check: lint test ## what must hold before a change lands

lint: $(VENV)/dev ## style, types, import directions, lock files
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@if grep -n '://' requirements*.lock; then echo 'a lock file names an address'; exit 1; fi

audit: $(VENV)/dev ## known weaknesses of the dependencies; needs the advisory service
	@$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements.lock \
	|| echo 'audit: weaknesses above, or the advisory service cannot be reached'

contract: $(VENV)/dev ## renew the snapshot of the API after a change that was meant
	@CONTRACT_RENEW=1 $(BIN)/pytest -q --no-header tests/contract/test_snapshot.py

bench: $(VENV)/dev ## speed of the hot paths against plain SQL
	@$(BIN)/python -m bench $(ARGS)

format: $(VENV)/dev ## put the code in order
	@$(BIN)/ruff check --fix-only -q .
	@$(BIN)/ruff format .

lock: $(VENV)/dev ## pin the dependencies by hash, without an address; ARGS=--upgrade for the newest
	@$(LOCK) $(ARGS) --all-extras --group dev -o requirements-dev.lock
	@$(LOCK) $(ARGS) --extra gis --extra nats --extra optimize --extra replay --extra s3 -c requirements-dev.lock -o requirements.lock

clean: ## remove what make made, except the data
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* *.egg-info
	@find . -name __pycache__ -prune -exec rm -rf {} +

# --- the environment: made once, renewed when its lock file changes -------------------------------------------------

$(BIN)/uv:
	@command -v $(PYTHON) >/dev/null && $(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
	  then echo 'Installing python3-venv with apt-get'; apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null; \
	  else echo 'Python with venv is missing: install python3-venv, or name another with PYTHON='; exit 1; fi; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or newer is needed: name one with PYTHON='; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -q --disable-pip-version-check 'uv>=0.13'

# dev holds everything that run holds; once it is there, run keeps it.
$(VENV)/run: requirements.lock | $(BIN)/uv
	@$(BIN)/uv pip sync -q --require-hashes $(if $(wildcard $(VENV)/dev),requirements-dev.lock,requirements.lock)
	@$(BIN)/uv pip install -q --no-deps -e .
	@touch $@

$(VENV)/dev: requirements-dev.lock | $(BIN)/uv
	@$(BIN)/uv pip sync -q --require-hashes requirements-dev.lock
	@$(BIN)/uv pip install -q --no-deps -e .
	@touch $@ $(VENV)/run
