# `make` alone lists what there is to do.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready
SANDBOX := $(PYTHON) -m sandbox

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.txt requirements-dev.txt
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "python3: Python 3.11 or newer is needed"; exit 1; }
	@echo "Installing the Python packages into $(VENV)"
	@python3 -m venv $(VENV)
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	@touch $@

.PHONY: up
up: $(READY) ## bring the whole platform up in the sandbox, from nothing or from where it stands
	@$(SANDBOX) up

.PHONY: preview
preview: $(READY) ## show what `make up` would change
	@$(SANDBOX) preview

.PHONY: doctor
doctor: $(READY) ## check that every reference between the platform's parts resolves
	@$(SANDBOX) doctor

.PHONY: policy
policy: $(READY) ## hold the stack to the policy's rules, and list the exceptions with their reasons
	@$(SANDBOX) policy

.PHONY: rotate
rotate: $(READY) ## generate a client's secret anew: make rotate SECRET=argocd-oidc-client-secret
	@$(SANDBOX) rotate "$(SECRET)"

.PHONY: drift
drift: $(READY) ## change an account: make drift ACCOUNT=cloudflare WHAT=DnsRecord/navidrome.harvestasya.org SET=proxied=false
	@$(PYTHON) -m sandbox.plugins.accounts drift "$(ACCOUNT)" "$(WHAT)" "$(SET)"

.PHONY: fail
fail: $(READY) ## let an account refuse once: make fail ACCOUNT=cloudflare DO=create WHAT=DnsRecord SAY="out of order"
	@$(PYTHON) -m sandbox.plugins.accounts fail "$(ACCOUNT)" "$(DO)" "$(WHAT)" "$(SAY)"

.PHONY: down
down: $(READY) ## destroy all but what is protected, and stop the sandbox
	@$(SANDBOX) down

.PHONY: clean
clean: $(READY) ## stop the sandbox and forget it, with all its data
	@$(SANDBOX) clean

.PHONY: lint
lint: $(READY) ## ruff and mypy
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

.PHONY: unit
unit: lint ## the quick part of the tests: lint, types, unit tests
	@$(PYTHON) -m pytest tests --ignore tests/engine

.PHONY: test
test: unit ## all tests; those of the engine run in sandboxes of their own
	@$(SANDBOX) build
	@$(PYTHON) -m pytest tests/engine

.PHONY: generated
generated: $(READY) ## write what is made from the program: the stack file's schema, the list of URNs
	@$(PYTHON) -m components.configuration.schema
	@$(PYTHON) -m tests.support.urns

.PHONY: bench
bench: $(READY) ## measure the figures that the README shows
	@$(SANDBOX) bench
