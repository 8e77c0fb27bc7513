# Needs Python 3.11 or newer and make; every target makes what it lacks.

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$name"; break; }; done)
BIN := .venv/bin
# So many processes test side by side, each with a database and a data folder of its own.
TESTERS ?= $(shell $(PYTHON) -c 'import os; print(min(4, os.cpu_count() or 1))')
CODE := $(wildcard src tests tools clients conftest.py)
CHECKS := check-form check-imports check-types check-tables check-words check-sizes
PO := $(shell find src -path '*/locale/en/LC_MESSAGES/django.po' 2>/dev/null)
export DJANGO_SETTINGS_MODULE := bihuan.config.settings

.DEFAULT_GOAL := help
.PHONY: help demo up test check fix bench mutants lock words install install-test install-archive $(CHECKS)

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 10

PACK ?= centrifuge
demo: install ## Run a demo company with a year of life (PACK=machinery, instruments, general, automation)
	@exec $(BIN)/bihuan demo --pack "$(PACK)"

up: install ## Run your own installation
	@exec $(BIN)/bihuan up

test: install-test ## Run all tests (page tests need Chromium)
	@$(BIN)/python -m pytest -q -n $(TESTERS) --dist loadfile

check: install-test ## Check form, imports, types, migrations, words and sizes
	@$(MAKE) --no-print-directory --keep-going $(CHECKS)

check-form:
	@$(BIN)/ruff format --check --quiet $(CODE) || { echo "make fix formats them"; exit 1; }
	@$(BIN)/ruff check --output-format concise $(CODE)
check-imports:
	@$(BIN)/lint-imports --no-logo
check-types:
	@BIHUAN_HOME=$$(mktemp -d) $(BIN)/mypy
check-tables:
	@BIHUAN_HOME=$$(mktemp -d) $(BIN)/python -W ignore -m django makemigrations --check --dry-run
check-words:
	@$(BIN)/python tools/words.py check
check-sizes:
	@$(BIN)/python tools/sizes.py

fix: install-test ## Format, and mend what can be mended by machine
	@$(BIN)/ruff check --fix --exit-zero $(CODE)
	@$(BIN)/ruff format $(CODE)

bench: install ## Measure; prints JSON
	@$(BIN)/bihuan bench

mutants: install-test ## Change the clock and scope rules one by one: does a test notice? (ARGS="due tickets")
	@$(BIN)/python tools/mutants.py $(ARGS)

words: install-test ## Collect the texts of the screens into the English catalogues
	@$(BIN)/python tools/words.py update
	@$(BIN)/python -c 'import django; django.setup(); from bihuan.base.search.commands import write_table as w; w()'

lock: ## Lock the requirements anew (ARGS=--upgrade for newer versions)
	@$(PYTHON) tools/lock.py $(ARGS)

install-archive: .venv/.installed-archive ## Install what the archive of telemetry needs (700 MB)

install: .venv/.words
install-test: .venv/.installed-test .venv/.words

.venv/.installed-run: requirements/run.txt tools/install.py
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11 或更新的版本 / Python 3.11 or newer is needed." >&2; exit 1; }
	@$(PYTHON) tools/install.py run
	@touch $@

.venv/.installed-test: requirements/test.txt .venv/.installed-run
	@$(PYTHON) tools/install.py run test
	@touch $@

.venv/.installed-archive: requirements/archive.txt .venv/.installed-run
	@$(PYTHON) tools/install.py run archive
	@touch $@

.venv/.words: .venv/.installed-run $(PO)
	@$(BIN)/python tools/words.py compile
	@touch $@
