# The daily commands. Each target makes and refreshes .venv by itself: the stamps below are older
# than their locks exactly when something has to be installed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ONCE ?=
ARGS ?=
WORKERS ?= 3
BENCHMARKS ?= ingest materialize query properties freshness maintenance doors sdk otlp prometheus spans scale cost orchestration auth
export ONCE
# Programs of ours are started hundreds of times in a run of the tests, with a thousand modules
# each: they are compiled once, whatever the environment of make says.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check bench bench-peers ext lock lock-clients screenshots clean server dev

demo: server  ## everything on this machine, with a web shop sending to it (ONCE=1: stop afterwards)
	@$(BIN)/python -m stack.demo $(ARGS)

test: dev  ## the whole test suite (WORKERS=0: in one process, to debug)
	@sh tests/prometheus_server/get_prometheus.sh $(VENV)/prometheus >/dev/null
	@sh tests/orchestration/get_chromium.sh >/dev/null
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: dev  ## format, lint, types, import directions, documentation
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/test_repo.py $(wildcard tests/test_docs.py) tests/stack/test_settings_page.py

bench: dev  ## figures beside peers, one JSON object a line (ARGS=--quick)
	@for name in $(BENCHMARKS); do $(BIN)/python -m benchmarks.$$name $(ARGS) || exit 1; done

bench-peers: dev  ## the libraries that benchmarks.sdk is compared with, into .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group benchmark

screenshots: dev  ## the pictures of docs/operators.md, by its story in a browser, and of docs/spans.md
	@sh tests/orchestration/get_chromium.sh >/dev/null
	@$(BIN)/python -m tests.span_pictures docs/spans
	@$(BIN)/python -m tests.orchestration.screenshots docs/operators

server: $(VENV)/.server
dev: $(VENV)/.dev

# uv where pip can get it, as it is many times faster; pip alone does the same.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "python3 -m venv failed; on Debian: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv || echo "uv is not available, going on with pip"
	@touch $@

# $(1): the lock to install, exactly as it is; then our own two distributions from this tree.
define install
	@echo "installing $(1) into $(VENV)"
	@if [ -x $(BIN)/uv ] && $(BIN)/uv pip install --quiet --python $(BIN)/python -r $(1); then :; \
	else $(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(1); fi
	@if [ -x $(BIN)/uv ] && $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e . -e sdk; then :; \
	else $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e . -e sdk; fi
endef

NATIVE := sdk/setup.py sdk/MANIFEST.in $(wildcard sdk/csrc/*) setup.py $(wildcard assets/_native/*.[ch])

$(VENV)/.server: $(VENV)/.made locks/server.txt pyproject.toml sdk/pyproject.toml $(NATIVE)
	$(call install,locks/server.txt)
	@touch $@

# dev.txt holds everything of server.txt in the same versions.
$(VENV)/.dev: $(VENV)/.made locks/dev.txt pyproject.toml sdk/pyproject.toml $(NATIVE)
	@sh sdk/python_headers.sh $(BIN)/python
	@sh assets/fuzzing_tools.sh >/dev/null
	$(call install,locks/dev.txt)
	@touch $@ $(VENV)/.server

COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--no-annotate --no-header --no-emit-package limnograph

ext:  ## build the C extensions in place: the recorder into sdk/src/limnograph, decoding into assets
	@$(abspath $(BIN))/python setup.py -q build_ext --inplace
	@cd sdk && LIMNO_BUILD_RECORDER=c $(abspath $(BIN))/python setup.py -q build_ext --inplace

lock: $(VENV)/.made  ## raise every pin to the newest version that pyproject.toml allows
	@rm -f locks/dev.txt locks/server.txt
	@$(COMPILE) --group dev -o locks/dev.txt
	@$(COMPILE) -c locks/dev.txt -o locks/server.txt

lock-clients: dev  ## raise what the clients of the tests stand on; their own versions stand in requirements.in
	@for pins in tests/interop/*/requirements.in tests/otlp_clients/*/requirements.in tests/auth/*/requirements.in; do $(BIN)/uv pip compile $$pins --quiet --upgrade \
	--universal --python-version 3.11 --no-annotate --no-header -o $${pins%.in}.txt || exit 1; done

clean:  ## remove everything that the targets make here (never the data of a lake)
	@rm -rf $(VENV) build dist *.egg-info sdk/src/*.egg-info sdk/build sdk/dist sdk/src/limnograph/*.so
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
