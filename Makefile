# Every target sets up what it needs; a second run starts immediately.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# pip compiles no editable installation, and the first run may not be allowed to write bytecode.
COMPILE := $(BIN)/python -m compileall -q player models samples training export
# Two workers keep two cores busy. The tests of a file share costly fixtures, so they stay with one worker;
# tests/conftest.py orders the files.
WORKERS ?= 2
TEST := $(BIN)/python -W error -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: demo test coverage check format docs clean

demo: .venv/player
	@mkdir -p build/demo
	$(BIN)/simpsons-play --sample --no-window --no-cache -o build/demo/springfield.mp4 --predictions build/demo/springfield.jsonl
	@if $(BIN)/python -c 'import sys; from simpsons_play.window.shell.display import display_problem; sys.exit(display_problem())'; \
	then $(BIN)/simpsons-play --sample --close-at-end; \
	else echo "Played without a window; look at build/demo/springfield.mp4"; fi

test: .venv/dev
	$(TEST)

coverage: .venv/dev
	@mkdir -p build/coverage
	$(TEST) --cov --cov-report=term --cov-report=html

check: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cog --check docs/cli.md

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/dev
	$(BIN)/cog -r docs/cli.md

clean:
	rm -rf build dist .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

.venv/made:
	$(PYTHON) -m venv .venv
	@touch $@

.venv/player: .venv/made pyproject.toml constraints.txt
	$(INSTALL) -e ".[gpu,window]"
	$(COMPILE)
	@touch $@

.venv/dev: .venv/made pyproject.toml constraints.txt
	$(INSTALL) -e ".[gpu,window,train,dev]"
	$(COMPILE)
	@touch $@ .venv/player
