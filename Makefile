# `make` alone lists the targets. Needs Python 3.11 or later and make; everything else is
# installed below this folder.

PROGRAMME ?= michigan_training_grants
PYTHON ?= python3
UV ?= uv

BIN := .venv/bin

# Quick when nothing changed: compares the lock file and pyproject.toml with what is installed.
# A PYTHON named by the user is obeyed; otherwise an environment that works is kept.
INSTALL = @command -v $(PYTHON) >/dev/null || { \
	echo "'$(PYTHON)' was not found. mande needs Python 3.11 or later, for example:"; \
	echo "    make PYTHON=python3.12 $(or $(MAKECMDGOALS),evaluate)"; exit 1; }; \
	$(PYTHON) tools/bootstrap.py $(if $(filter file,$(origin PYTHON)),,--with-this-python)

.PHONY: help evaluate notebook test slow bench fuzz format lock clean

help: ## this list
	@echo "make <target>, where <target> is one of"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' Makefile

evaluate: ## install mande, then evaluate a programme (PROGRAMME=michigan_training_grants)
	$(INSTALL) runtime
	@$(BIN)/mande evaluate $(PROGRAMME)

notebook: ## install JupyterLab and open it on notebooks/
	$(INSTALL) notebook
	@.venv-notebook/bin/jupyter lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks

test: ## everything CI runs: format, lint, types, layers, tests
	$(INSTALL) dev
	@echo "[1/5] format: ruff format --check"
	@$(BIN)/ruff format --check .
	@echo "[2/5] lint: ruff check"
	@$(BIN)/ruff check .
	@# Every open() names its encoding, or files differ on Windows; still a preview rule.
	@$(BIN)/ruff check --quiet --preview --select PLW1514 .
	@echo "[3/5] types: mypy --strict"
	@$(BIN)/mypy
	@echo "[4/5] layers: lint-imports"
	@$(BIN)/lint-imports --no-logo
	@echo "[5/5] tests and doctests: pytest"
	@$(BIN)/python -m pytest -n 2 -q

slow: ## the tests that `make test` leaves out because they take long
	$(INSTALL) dev
	@$(BIN)/python -m pytest -n 2 -m slow || [ $$? -eq 5 ] # 5: there are none

bench: ## the benchmarks, all or one (ONLY=indicator_library): ratios within one run
	$(INSTALL) dev
	@$(BIN)/python -m benchmarks $(ONLY)

fuzz: ## mutated files through `mande.validate` (MINUTES=10, SEED= to repeat); findings in build/fuzz
	$(INSTALL) dev
	@$(BIN)/python tools/fuzz.py --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED))

format: ## rewrite the Python files the way `make test` wants them
	$(INSTALL) dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: ## maintainers: write requirements/ anew from pyproject.toml (needs uv; UPGRADE=1 for newest)
	@UV=$(UV) $(PYTHON) tools/lock.py $(if $(UPGRADE),--upgrade)

clean: ## remove environments, builds and caches; data and reports stay
	rm -rf .venv .venv-notebook .venv.lock .venv-notebook.lock build dist .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
