# `make demo` and `make test` set themselves up; the second time they start at once.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# An editable installation leaves that to the first run, which may not be allowed to write.
COMPILE := $(BIN)/python -m compileall -q player models samples training export
# One test after the other leaves the second core idle. A file stays with one worker, since its tests share what is
# costly; tests/conftest.py says in which order.
WORKERS ?= 2
SAMPLE := samples/springfield.mp4

.PHONY: demo test check format docs clean

demo: .venv/player
	@mkdir -p build/demo
	$(BIN)/simpsons-play $(SAMPLE) --no-window --no-cache -o build/demo/springfield.mp4 --predictions build/demo/springfield.jsonl
	@if $(BIN)/python -c 'import sys; from simpsons_play.window import has_display; sys.exit(has_display())'; \
	then $(BIN)/simpsons-play $(SAMPLE) --close-at-end; \
	else echo "Played without a window; look at build/demo/springfield.mp4"; fi

test: .venv/dev
	$(BIN)/python -W error -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

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
	$(INSTALL) -e .
	$(COMPILE)
	@touch $@

.venv/dev: .venv/made pyproject.toml constraints.txt
	$(INSTALL) -e ".[train,dev]"
	$(COMPILE)
	@touch $@ .venv/player
