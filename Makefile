# `make demo` and `make test` do all set-up themselves, in .venv; nothing else is touched.
PYTHON ?= python3.11
ifeq ($(shell command -v $(PYTHON) 2>/dev/null),)
PYTHON := python3
endif
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# a constraint too: before pip 23.3, what another package asks for with an extra is not bound by the file itself
INSTALL = $(PIP) install --require-hashes -r $(1) -c $(1)
export LONDATA_HOME ?= $(CURDIR)/var

.PHONY: help demo pictures test test-slow test-browser fix check live effects enemy fuzz soak bench docs inputs vendor oracles privacy lock sbom advisories clean
.DEFAULT_GOAL := help

help: ## show this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 16

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 to 3.13 is needed; say which with make PYTHON=…" if not (3, 11) <= sys.version_info[:2] < (3, 14) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: $(BIN)/python requirements.lock pyproject.toml
	@echo "Installing into $(VENV) (a minute or two the first time) …"
	@$(call INSTALL,requirements.lock)
	@$(PIP) install --no-deps -e .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.lock
	@echo "Installing the tools for the tests …"
	@$(call INSTALL,requirements-dev.lock)
	@touch $@

demo: $(VENV)/.ready ## run the nightly job over the shipped samples into var/site
	@$(BIN)/londata nightly --all; code=$$?; test $$code -eq 0 -o $$code -eq 10
	@echo "Check a file, publish it, or decide, in your browser: $(BIN)/londata desk"

TEST ?= tests
test: $(VENV)/.ready-dev ## all quick tests, or those of TEST=path
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow and not live and not browser" $(TEST)

test-slow: $(VENV)/.ready-dev ## the slow ones: 5,000 generated tables, large files, servers, every fault of a publish
	$(BIN)/python -m pytest -n auto --dist worksteal -m "slow and not live and not browser" $(TEST)

test-browser: $(VENV)/.ready-dev ## every kind of page in Debian's Chromium (installed with apt where you are root)
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } || true
	$(BIN)/python -m pytest -rs -m browser tests/browser

fix: $(VENV)/.ready-dev ## put imports, style and layout right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check: $(VENV)/.ready-dev ## style, types, architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

live: $(VENV)/.ready-dev ## publish to a real CKAN (../shared/ckan); skipped where there is none
	$(BIN)/python -m pytest -m live tests/live tests/contract

TRIALS := $(addprefix tests/quality/test_,conform_generated.py conform_real.py suppression.py suite_proofs.py)
effects: $(VENV)/.ready-dev ## fail every outside effect in every way, race for 200 rounds, 20,000 generated tables, gigabytes (two hours or three)
	EVERY_EFFECT=1 $(BIN)/python -m pytest -n auto tests/reliability tests/datapress/test_effects.py tests/flows/test_shared_store.py
	EVERY_EFFECT=1 $(BIN)/python -m pytest -n auto --dist worksteal $(TRIALS) tests/packages/test_big_files.py
	EVERY_EFFECT=1 $(BIN)/python -m pytest tests/live/test_effects.py tests/live/test_races.py tests/live/test_large.py

enemy: $(VENV)/.ready-dev ## let the real command look at every hostile file, and print what each costs (an hour)
	$(BIN)/python -m tests.enemy.measure

MINUTES ?= 30
fuzz: $(VENV)/.ready-dev ## read nearly right files for MINUTES (30), and print what was found
	$(BIN)/python -m tests.enemy.fuzz --minutes $(MINUTES)

SOAK_N ?= 2000
SOAK_MINUTES ?= 60
soak: $(VENV)/.ready-dev ## publish SOAK_N times (2000) in each mode (SOAK_MINUTES at most) through faults, while a reader looks on
	$(BIN)/python -m tests.reliability.soak -n $(SOAK_N) --minutes $(SOAK_MINUTES)

pictures: $(VENV)/.ready-dev ## make the pictures of the README again (needs chromium)
	$(BIN)/python -m tests.browser.pictures

bench: $(VENV)/.ready-dev ## time us against other tools as ratios: a verdict, a whole publish, whole nights
	$(BIN)/python tests/bench/compare.py
	$(BIN)/python -m tests.bench.publish --script
	$(BIN)/python -m tests.bench.night

docs: $(VENV)/.ready ## renew docs/commands.md, docs/settings.md and the table of datasets in README.md
	$(BIN)/python docs/reference.py

inputs: $(VENV)/.ready-dev ## renew docs/inputs.md: try every kind of damaged and right file (two minutes)
	$(BIN)/python -m tests.truth.inputs_page

vendor: ## build the Parquet reader of the Explore page again from its lock file (needs npm)
	cd catalogue/site/vendor && npm ci --ignore-scripts=false --no-audit --no-fund && npm run build && rm -rf node_modules

ORACLES ?= /tmp/londata-oracles
oracles: ## ask acro and pycanon about small numbers again, in an environment of their own (ORACLES=folder)
	test -x $(ORACLES)/bin/python || $(PYTHON) -m venv $(ORACLES)
	$(ORACLES)/bin/python -m pip install --quiet "acro==1.0.2" "pycanon==1.3.6"
	$(ORACLES)/bin/python tests/quality/oracles/make_answers.py

privacy: $(VENV)/.ready-dev ## renew the tables of docs/privacy.md: what the privacy check finds, and what it leaves
	$(BIN)/python -m tests.privacy.page --write

LOCK := uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-annotate --python-version 3.11
lock: ## renew all lock files from pyproject.toml (needs uv)
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) --extra postgres --extra dask -c requirements.lock pyproject.toml -o requirements-server.lock
	$(LOCK) --extra dev --extra postgres --extra dask -c requirements-server.lock pyproject.toml -o requirements-dev.lock
	echo hatchling | $(LOCK) - -o requirements-build.lock

sbom: $(VENV)/.ready-dev ## bill of materials of the lock file (CycloneDX) and its licences, into dist/
	$(BIN)/python deploy/sbom.py

advisories: $(VENV)/.ready-dev ## known advisories for the lock file, where the network answers
	$(BIN)/python deploy/advisories.py

clean: ## remove what demo and tests made, but not the environment
	rm -rf var .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
