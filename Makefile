# Everything runs from the virtual environment in .venv; nothing else needs to be installed but Python 3.11+ and make.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed
# A process that may not keep its bytecode compiles all of it again, which takes longer than most tests.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run test check walks bench lock assets clean

help: ## Show what can be done
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9" || true
	@if test -x $(BIN)/uv; then \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt && \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	else \
	  $(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt && \
	  $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e . ; \
	fi
	@touch $(STAMP)

assets: $(STAMP) ## Build the page assets
	@$(BIN)/python -m carepool.ui.assets

setup: $(STAMP) ## Make the environment, and nothing else

run: setup assets ## Run everything on this machine with two demonstration states
	@$(BIN)/python -m carepool run

check: setup ## Lint, types, import contracts, Dockerfile, docker-compose.yml
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache > /dev/null || $(BIN)/lint-imports
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml

test: check assets ## Run every check and test
	@$(BIN)/python -m carepool.local.browser
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal

walks: check assets ## Walk through the pages as each role; pictures in var/walks, axe's findings in var/axe.json
	@$(BIN)/python -m carepool.local.browser
	@CAREPOOL_PICTURES=1 $(BIN)/python -m pytest -q tests/browser/test_walks.py

bench: setup assets ## Measure against floors; the last line is one JSON object
	@$(BIN)/python -m bench

lock: ## Compile the locked requirements again
	@$(BIN)/uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header -o requirements/runtime.txt
	@$(BIN)/uv pip compile --quiet pyproject.toml --extra local --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -o requirements/dev.txt

clean: ## Remove the environment and all data of this folder
	rm -rf .venv var node_modules
