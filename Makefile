# Everything is installed into .venv from the locked, hashed requirements; a second run installs nothing.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
DEMO := --library .demo -s chat.model=none
QUESTION ?= How many passengers were on the ferry?

.PHONY: demo test lint types contracts check bench bench-slack lock clean

demo: .venv/installed
	$(BIN)/footnote ingest $(DEMO) tests/articles
	$(BIN)/footnote ask $(DEMO) "$(QUESTION)"

test: .venv/installed-dev
	$(BIN)/pytest

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/installed-dev
	$(BIN)/mypy

contracts: .venv/installed-dev
	$(BIN)/lint-imports

check: test lint types contracts

bench: .venv/installed-dev
	$(BIN)/python -m tests.benchmarks

bench-slack: .venv/installed-dev
	$(BIN)/python -m tests.benchmarks.slack

# After a change of dependencies; needs uv.
lock:
	uv pip compile pyproject.toml --extra build --universal --generate-hashes --no-emit-index-url --quiet \
	    --python-version 3.11 --custom-compile-command "make lock" --output-file .ci/requirements.txt
	uv pip compile pyproject.toml --extra build --extra dev --universal --generate-hashes --no-emit-index-url --quiet \
	    --python-version 3.11 --custom-compile-command "make lock" --constraint .ci/requirements.txt \
	    --output-file .ci/requirements-dev.txt
	uv pip compile pyproject.toml --extra build --extra dev --extra training --universal --generate-hashes \
	    --no-emit-index-url --quiet --python-version 3.11 --custom-compile-command "make lock" \
	    --constraint .ci/requirements-dev.txt --no-emit-package triton --no-emit-package cuda-bindings \
	    --no-emit-package cuda-pathfinder --output-file .ci/requirements-training.txt

clean:
	rm -rf .venv .demo

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Footnote needs Python 3.11 or later")'
	$(PYTHON) -m venv .venv

.venv/installed: .ci/requirements.txt pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes --requirement .ci/requirements.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

.venv/installed-dev: .ci/requirements-dev.txt .venv/installed
	$(PIP) --require-hashes --requirement .ci/requirements-dev.txt
	touch $@

# PyTorch, for training the reader and for the test that does. PyPI has it with CUDA only, without which it does not
# load; --no-deps leaves out what it loads without on a CPU (Triton: 1 GB).
.venv/installed-training: .ci/requirements-training.txt .venv/installed-dev
	$(PIP) --no-deps --require-hashes --requirement .ci/requirements-training.txt
	touch $@
