# What a developer types. Each goal sets up what it needs: system tools, then a virtual environment in .venv, then the work.
# SPDX-License-Identifier: MIT
PYTHON ?= python3
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin

export PATH := $(CURDIR)/$(BIN):$(PATH)
export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)

DEVICE_SOURCES := CMakeLists.txt $(wildcard cmake/*) $(shell find include python/bindings -type f)

.DEFAULT_GOAL := help
.PHONY: help demo test test-cpp test-python campaign benchmark lint system clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /make \1: /p' Makefile

demo: system $(VENV)/.package ## train on real recordings, convert, and compare the answers on the host and on emulated chips
	$(BIN)/python examples/watch/demo.py

test: test-cpp test-python ## every test, C++ and Python

test-cpp: system $(VENV)/.package ## the C++ tests alone
	cmake -S . -B build/cpp -G Ninja -DCMAKE_BUILD_TYPE=Debug -DEMLEARN_TESTS=ON
	cmake --build build/cpp
	ctest --test-dir build/cpp --output-on-failure --parallel $(JOBS)

test-python: system $(VENV)/.package ## the Python tests alone; TESTS="-k trees" selects
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup $(TESTS)

campaign: system $(VENV)/.package ## the tests that run long, and many more random examples of the property tests
	EMLEARN_CAMPAIGN=1 $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -m "campaign or hypothesis" $(TESTS)

benchmark: system $(VENV)/.package ## this library and others side by side, on every target; BENCH="--quick" is short
	$(BIN)/python benchmarks/run.py $(BENCH)

lint: $(VENV)/.lint ## what pre-commit checks, on all files
	$(BIN)/pre-commit run --all-files --show-diff-on-failure

system: ## install the compilers and emulators that are missing, or name them
	@tools/setup_system.sh $(PYTHON)

# Dependencies change with pyproject.toml, the extension modules with the C++ sources; Python files are used in place.
$(VENV)/.dependencies: pyproject.toml tools/setup_venv.sh | system
	@tools/setup_venv.sh dependencies $(PYTHON)
	@touch $@

$(VENV)/.package: $(VENV)/.dependencies $(DEVICE_SOURCES) | system
	@tools/setup_venv.sh package $(PYTHON)
	@touch $@

$(VENV)/.lint: $(VENV)/.package
	@tools/setup_venv.sh lint $(PYTHON)
	@touch $@

clean: ## remove everything that was made
	rm -rf $(VENV) build dist out .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find python tests tools examples benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
