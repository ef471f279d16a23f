# Everything runs in .venv, which the first target that needs it sets up. Set PYTHON to choose
# among 3.10 to 3.13, ARGS to pass arguments on: make demo ARGS=--help, make test ARGS="-k wire"
PYTHON ?= python3
BIN := .venv/bin
# One more than there are cores: half of the time a test waits for a browser or a server.
WORKERS = $(shell $(PYTHON) -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))')
BUNDLE := tb_deepdebug/static/index.js
FRONTEND := $(shell find frontend -name node_modules -prune -o -type f -print)

.PHONY: demo test bench faultbench check docs format frontend clean
.NOTPARALLEL:

demo: .venv/demo.stamp $(BUNDLE)
	$(BIN)/tb-deepdebug demo $(ARGS)

test: .venv/test.stamp $(BUNDLE)
	$(BIN)/python tools/frontend.py npm test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

bench: .venv/test.stamp .venv/bench.stamp $(BUNDLE)
	$(BIN)/python -m benchmarks $(ARGS)

faultbench: .venv/test.stamp  # how well the diagnosis tells ill runs from healthy; an hour
	$(BIN)/python -m benchmarks.faults $(or $(ARGS),all)

check: .venv/test.stamp  # format, lint, types, architecture
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/python tools/frontend.py npm run check
	$(BIN)/python -m pytest -q tests/test_architecture.py

docs: .venv/test.stamp  # docs/rules.md, from the docstrings of the rules
	$(BIN)/tb-deepdebug rules --markdown > docs/rules.md

format: .venv/test.stamp
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	$(BIN)/python tools/frontend.py npm run format

frontend: .venv/demo.stamp $(BUNDLE)

clean:
	rm -rf .venv build dist *.egg-info frontend/node_modules tb_deepdebug/static
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/python.stamp:
	$(PYTHON) -m venv .venv
	touch $@

.venv/demo.stamp: .venv/python.stamp pyproject.toml
	$(BIN)/pip install -e '.[demo]'
	touch $@

.venv/test.stamp: .venv/python.stamp pyproject.toml frontend/package-lock.json
	tools/setup_tests.sh $(BIN)/python
	touch .venv/demo.stamp $@

.venv/bench.stamp: .venv/test.stamp pyproject.toml
	-$(BIN)/pip install -e '.[bench]'
	touch $@

$(BUNDLE): $(FRONTEND) | .venv/python.stamp
	$(BIN)/python tools/frontend.py build
