# `make` lists what there is. PORT, HOST and DATA_DIR say where the site runs; PYTHON which interpreter makes .venv.

PYTHON ?= python3
PY := .venv/bin/python
# A second start reads compiled files; without them it takes twice as long.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup run run-lan test test-fast quick check lint types types-python types-javascript units scale-out simulation simulate chaos browser pictures fix bench replay lock tools

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make .venv, fetch the font and icons, prepare the database and the demonstration codes
	@$(PYTHON) deploy/setup.py

run: setup ## set up and serve: PORT=8000 HOST=127.0.0.1 DATA_DIR=data
	@exec $(PY) manage.py serve

run-lan: setup ## the same over TLS for tablets on this network, with a certificate of its own
	@ECPR_LAN=1 exec $(PY) manage.py serve

test: tools check units scale-out simulation browser ## everything that must be green; CI runs this
	@cat build/pytest-summary

# All at once: a core that waits for the other's start, or for a disk, does the next thing meanwhile.
test-fast: tools ## the quick part: no browser, no server processes, no paper, fewer examples of each property
	@$(MAKE) --no-print-directory -j 4 --output-sync=target lint types-python types-javascript quick

quick:
	node --test --test-reporter=dot $$(find tests/js -name "*.test.js" | sort)
	FEW_EXAMPLES=1 $(PYTEST) $(TWO) -m "not browser and not process and not paper"

tools:
	@$(PYTHON) deploy/setup.py --tools
	@mkdir -p build && rm -f build/pytest-summary

lint: tools
	ruff format --check
	ruff check
	biome check --error-on-warnings

# The two languages beside each other, one on each core.
types: tools
	@$(MAKE) --no-print-directory -j 2 types-python types-javascript

check: tools ## formatter, linter and types, all beside each other
	@$(MAKE) --no-print-directory -j 3 --output-sync=target lint types-python types-javascript

types-python:
	$(PY) -m mypy
	$(PY) manage.py makemigrations --check --dry-run

types-javascript:
	tsc -p tsconfig.json
	tsc -p tsconfig.worker.json
	tsc -p tsconfig.tests.json

# tests/strict.py turns a skipped test into a failed one and keeps each run's summary line for the end.
PYTEST := $(PY) -m pytest -p tests.strict -q
# On two cores, each with a database of its own.
TWO := -n 2 --dist worksteal

units: tools
	node --test $$(find tests/js -name "*.test.js" | sort)
	$(PYTEST) $(TWO) -m "not browser"

# The pure parts and paper ask no database: they are in units, once. So are the many examples of each property.
PURE := $(addprefix --ignore=tests/,core exports quality test_docs.py test_layers.py)
scale-out: tools ## the same tests on a real PostgreSQL and Valkey
	FEW_EXAMPLES=1 $(PY) tests/servers.py $(PYTEST) $(TWO) -m "not browser and not paper" $(PURE)

# Enough of the campaign to take a minute, then the mutants: what the simulation must not miss.
simulation: tools
	node tests/js/simulate/main.js --runs 12
	node tests/js/simulate/mutants.js --runs 40

simulate: tools ## the simulation as a campaign: RUNS=1500 FROM=1, its result in one line
	node tests/js/simulate/main.js --runs $(or $(RUNS),200) --from $(or $(FROM),1)

chaos: tools ## kill, halt, lock, fill and cut real processes and links: MINUTES=2
	node --no-warnings --experimental-websocket tests/js/chaos/main.js --minutes $(or $(MINUTES),2)
	$(PY) tests/servers.py node --no-warnings --experimental-websocket tests/js/chaos/main.js --minutes $(or $(MINUTES),2)

browser: tools ## real browsers against a real server
	$(PYTEST) $(TWO) -m browser

pictures: tools ## take the README's screenshots anew, by the browser test that also checks them
	PICTURES=docs/img $(PYTEST) -m browser -k pictures

fix: tools ## format, and mend what a machine can mend
	ruff format
	ruff check --fix
	biome check --write

bench: tools ## measure tap-to-last-device against a bare server, side by side
	$(PY) -m tests.bench.run $(ARGS)

replay: setup ## play a recorded code through the real door: FILE=case.csv SPEED=20 DEVICES=6
	$(PY) manage.py replay $(FILE) --speed $(or $(SPEED),20) --devices $(or $(DEVICES),6)

lock: tools ## pin requirements*.in and package.json anew
	for of in requirements requirements-dev deploy/uv deploy/node; do \
	  UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile -q --universal --generate-hashes --python-version 3.11 \
	    --no-emit-index-url --no-emit-find-links -o $$of.txt $$of.in >/dev/null || exit 1; \
	done
	npm install --package-lock-only --omit-lockfile-registry-resolved
