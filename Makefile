# What is done with this repository, each by one command; `make` alone lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq

# On a terminal the server takes Ctrl-C for itself (--under-make): make, which would fail by it, ends with 0 as it does.
# PORT and HOST go before the settings; HOST only if told to make itself: some
# shells export it for a use of their own.
SERVE := $(BIN)/python -m app.cli serve --under-make $(if $(PORT),--port $(PORT)) \
	$(if $(filter command line,$(origin HOST)),--host $(HOST))

# An environment is named by its lock list, its Python and its place: if none of them changed there is nothing to do.
stamp = $(VENV)/$(1)-$(shell { cat requirements/$(1).txt pyproject.toml; pwd; } | cksum | tr ' ' -)

# Of the web client only the check of its types needs Node.js; nobody else does.
TSC := node_modules/.bin/tsc

.DEFAULT_GOAL := help
.PHONY: help run test test-browser test-faults test-fuzz test-postgres test-hosts test-svg fuzz-svg test-websocket fuzz-websocket test-api screenshots bench bench-full check format lock clean python browser

help: ## List these commands
	@sed -nE 's/^([a-z-]+):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: $(call stamp,run) ## Start the whiteboard on http://localhost:8000 (make run PORT=9000 HOST=0.0.0.0)
	@exec $(SERVE)

# The tests wait more than they compute: four at a time keep two cores busy. Files begin in the order of conftest.py.
test: $(call stamp,dev) browser ## Run the tests, of those with a browser some (make test ARGS="-k words")
	@$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder -m "page or not browser" $(ARGS)

test-browser: $(call stamp,dev) browser ## Run every test of the web client in Chromium
	@$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS) backend/tests/browser

test-faults: $(call stamp,dev) ## Break things for real and at length: kills, cuts, full disks, power loss (20 minutes)
	@$(BIN)/python -m pytest -o timeout=1500 --long -s $(ARGS) backend/tests/faults backend/tests/powerloss

test-fuzz: $(call stamp,dev) ## Draw at random on two servers and check the history, 2000 seeds (40 minutes)
	@$(BIN)/python -m pytest -o timeout=3600 --seeds 2000 $(ARGS) backend/tests/checker

# What of the tests asks the most of a database and a Redis: the wire's rules, histories, faults, life and backups.
ON_POSTGRES := $(addprefix backend/tests/,protocol checker models test_backup_drill.py core/test_database.py \
	core/test_postgresql.py $(patsubst %,services/test_%.py,drawings backup_restoring backup_rounds opening) \
	$(patsubst %,faults/test_fault_%.py,sigkill redis redis_kinds pubsub stop sleep postgresql))

test-postgres: $(call stamp,dev) ## Run contract, histories, faults and life on PostgreSQL and an outside Redis (10 minutes)
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || \
		{ echo "These tests need PostgreSQL: install it (Debian: apt install postgresql)."; exit 1; }
	@$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder --database postgresql $(ARGS) $(ON_POSTGRES)

# Each host, nginx, PostgreSQL and Redis in a network namespace of its own; needs root, and says what else is missing.
test-hosts: $(call stamp,dev) ## Cut off and kill hosts in network namespaces; restart apps behind nginx, Caddy (10 minutes; root)
	@$(BIN)/python -m pytest --long -s $(ARGS) backend/tests/hosts backend/tests/docker

# Fetches packages by npm and pip into build/svg-sets, once; they are no part of the project.
test-svg: $(call stamp,dev) ## Import real files, and judge them by pictures (make test-svg ARGS=--all)
	@$(BIN)/python benchmarks/svg.py --check $(ARGS)
	@$(BIN)/python -m pytest backend/tests/benchmarks

# The fuzzer is large, and there are wheels of it for Linux on x86-64 only: it is installed apart, once.
fuzz-svg: $(call stamp,dev) ## Feed the import of SVG with mutated files, for 10 minutes (make fuzz-svg SECONDS=60)
	@test -d build/fuzz || $(PIP) install --require-hashes --no-deps --target build/fuzz -r requirements/fuzz.txt
	@mkdir -p build/fuzz-corpus
	@PYTHONPATH=build/fuzz $(BIN)/python backend/tests/services/svg/fuzz_import.py -max_total_time=$(or $(SECONDS),600) \
		-max_len=20000 -timeout=10 -rss_limit_mb=1024 -artifact_prefix=build/fuzz- \
		build/fuzz-corpus backend/tests/services/svg/drawings backend/tests/services/svg/findings

# The runner has no wheels for some systems: it is installed apart, once.
test-websocket: $(call stamp,dev) ## Run the cases of the Autobahn suite against the server's WebSocket layer (a minute)
	@test -d build/autobahn || $(PIP) install --require-hashes --no-deps --target build/autobahn -r requirements/autobahn.txt
	@PYTHONPATH=build/autobahn $(BIN)/python -m pytest -s $(ARGS) backend/tests/core/test_autobahn.py

fuzz-websocket: $(call stamp,dev) ## Send a million messages, right and wrong, to a server's socket, and see that nothing is left
	@$(BIN)/python -m pytest -o timeout=7200 --long -s $(ARGS) backend/tests/protocol/test_wire_fuzz.py

test-api: $(call stamp,dev) ## Ask a server over HTTP whatever its OpenAPI description allows or not, at length
	@$(BIN)/python -m pytest -o timeout=7200 --long -s $(ARGS) backend/tests/api/test_description.py

screenshots: $(call stamp,dev) browser ## Photograph every page and state, at four sizes, in light and dark, and the pictures of the README (10 minutes)
	@$(BIN)/python -m pytest -n 2 -o timeout=1500 --long $(ARGS) backend/tests/browser/test_looks.py backend/tests/browser/test_pictures_for_readers.py
	@echo "Look at build/screenshots/index.html"

bench: $(call stamp,dev) ## Measure what the server carries, beside a bare relay (under 10 minutes, on a quiet machine with 2 cores)
	@$(BIN)/python benchmarks/run.py $(ARGS)

bench-full: $(call stamp,dev) ## The same with more cases, and for longer (30 minutes)
	@$(BIN)/python benchmarks/run.py --full $(ARGS)

check: $(call stamp,dev) ## Check the format, the style, the types and the layers, and the types of the web client
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest backend/tests/test_architecture.py
	@if $(MAKE) -s $(TSC); then $(TSC) --project jsconfig.json; else \
		echo "SKIPPED: the types of the web client, which npm's TypeScript checks (Debian: apt install npm)."; fi

format: $(call stamp,dev) ## Format the code, and mend what can be mended by itself
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

lock: $(call stamp,dev) ## Make the lists of exact versions and hashes anew (make lock ARGS=--upgrade)
	@cd requirements && for list in run dev svg fuzz autobahn; do ../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate $(ARGS) $$list.in --output-file $$list.txt || exit 1; done

clean: ## Remove the environment and what the tools left behind; the drawings stay
	@rm -rf $(VENV) node_modules build test-output .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

python: ## Tell whether there is a Python that will do
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed, and there is no $(PYTHON)."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=python3.11 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make environments: install its venv package (Debian: apt install python3-venv)."; exit 1; }

browser: ## Tell whether there is a Chromium for the tests; as root on Debian, install it
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
		{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null; } || \
		{ echo "The tests of the web client need Chromium: install it (Debian: apt install chromium)."; exit 1; }

$(TSC): package.json package-lock.json
	@command -v npm >/dev/null && npm ci --silent --no-audit --no-fund && touch $@

$(VENV)/run-%: | python
	@echo "Setting up the environment in $(VENV) (once; a minute at most) …"
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install --require-hashes --no-deps -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/run-* && touch $@

$(VENV)/dev-%: | python
	@echo "Setting up the environment for development in $(VENV) (once) …"
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install --require-hashes --no-deps -r requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/dev-* && touch $@
