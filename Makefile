# `make ask Q="..."` and `make test` do everything on a fresh machine; uv is used when present, else venv + pip.
# `make PYTHON=/path/to/python3.11 ...` says which Python; otherwise the first one that is new enough is taken.
PYTHON ?= python3 python3.13 python3.12 python3.11 python3.14
PY := .venv/bin/python
G ?=
TORCH ?= torch==2.13.0
ARGS ?=
override Q := $(value Q)# as it stands: a question may hold a dollar sign
export Q

.PHONY: help setup ask test test-train check dev zoo soak clean

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

setup: .venv/core.stamp ## make .venv with what asking needs

ask: .venv/core.stamp ## answer a question: make ask Q="..." [G=vote] [ARGS="--samples 5"]
	@.venv/bin/symposium ask $(if $(G),-g "$(G)") $(ARGS) -- "$$Q"

test: .venv/dev.stamp ## run the tests
	$(PY) -m pytest -m "not train and not soak" $(ARGS)
	LANGGRAPH_STRICT_MSGPACK=true $(PY) -m pytest -m "not train and not soak" tests/graphs

test-train: .venv/train.stamp ## train, export and reload a toy mind (installs torch)
	$(PY) -m pytest -m train $(ARGS)

check: .venv/train.stamp ## lint, format and types (installs torch, to check the training code)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m pyright

dev: .venv/dev.stamp ## serve the graphs to LangGraph Studio
	LANGGRAPH_CLI_NO_ANALYTICS=1 LANGGRAPH_NO_VERSION_CHECK=true LANGSMITH_TRACING=false \
	.venv/bin/langgraph dev --no-browser --n-jobs-per-worker 10 $(ARGS)

zoo: .venv/train.stamp ## retrain the bundled minds from scratch, resuming where it was stopped
	$(PY) -m symposium.training.zoo $(ARGS)

soak: .venv/dev.stamp ## the long property runs
	$(PY) -m pytest -m soak $(ARGS)

clean: ## remove what setup made
	rm -rf .venv build dist *.egg-info

# A stamp per set of extras, renewed when pyproject.toml changes.
ifneq ($(shell command -v uv 2>/dev/null),)
VENV = uv venv --quiet --allow-existing --python "$$python" .venv
INSTALL := uv pip install --quiet --python .venv/bin/python
else
VENV = "$$python" -m venv .venv
INSTALL := .venv/bin/python -m pip install --quiet --disable-pip-version-check
endif
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))

.venv/core.stamp: pyproject.toml
	@for python in $(PYTHON); do "$$python" -c '$(NEW_ENOUGH)' 2>/dev/null && break; python=; done; \
	if [ -z "$$python" ]; then echo "Python 3.11 or newer is needed; none of: $(PYTHON)" >&2; exit 1; fi; \
	echo "Setting up .venv (once, about a minute) ..." >&2; $(VENV)
	@$(INSTALL) -e .
	@touch $@

.venv/dev.stamp: .venv/core.stamp
	@$(INSTALL) -e ".[dev,tools]"
	@touch $@

.venv/train.stamp: .venv/dev.stamp
	@$(INSTALL) "$(TORCH)"
	@$(INSTALL) -e ".[dev,tools,train]"
	@touch $@
