# The project's commands. `make` alone lists them.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup lint type test coverage docs schemas dist bench worker

help:  ## List the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup:  ## Make the virtual environment with everything in it
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -c constraints.txt -e ".[all,dev]"

lint:  ## Style, import contracts, and what no file may contain
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

type:  ## mypy strict and pyright
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python

test:  ## The fast tests
	$(BIN)/pytest

coverage:  ## All tests, with the share of lines that they run
	$(BIN)/pytest -m "" --cov --cov-report=term:skip-covered --cov-fail-under=90

docs:  ## Run the examples in docstrings, README and docs
	$(BIN)/pytest tests/docs

schemas:  ## Write the JSON schemas and the golden specs again
	PENSTOCK_REGENERATE=1 $(BIN)/pytest -q tests/ir

dist:  ## Build the wheel and the source distribution
	$(BIN)/python -m build

bench:  ## Measure, and print the README's table
	$(BIN)/python -m benchmarks

worker:  ## Build the worker image's file system without Docker: make worker PREFIX=/tmp/worker
	docker/install-worker.sh "$(PREFIX)"
