# `make` alone lists what there is to do.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# The packages are not compiled when they are installed: what is used is, at its first use, and that has to be kept.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready
LOCK := requirements.lock
SANDBOX := $(PYTHON) -m sandbox
# The Kubernetes plugin of the sandbox, `own` or `real`: said to make, and not found in a shell's environment by accident.
ifeq ($(origin PLUGIN),command line)
export HOMELAB_SANDBOX_PLUGIN := $(PLUGIN)
endif
# Its charts: `stand-in`, a folder of packages, or `real`, from the charts' own repositories.
ifeq ($(origin CHARTS),command line)
export HOMELAB_SANDBOX_CHARTS := $(CHARTS)
endif

# Its home: the stack of one of the committed files, as in STACK=cottage. A sandbox remembers the one it was made for.
ifeq ($(origin STACK),command line)
export HOMELAB_SANDBOX_STACK := $(STACK)
endif

# Runs a command as a step with its time; what it prints is shown if it fails.
TIMED := $(PYTHON) -m sandbox.timed

# Ends a target that was called without its arguments, with an example: $(call needs,ARGUMENT,example)
needs = $(if $($(1)),,$(error expected $(2)))

.PHONY: help
help: ## list all of this
	@awk -F ':.*## ' '/^##@ / {print "\n" substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' \
		$(MAKEFILE_LIST)
	@echo
	@echo "New here? \`make up\`, then \`. .sandbox/env\`. Colours are off in files and with NO_COLOR=1."

# uv from the lock installs the rest of it, eight times as fast as pip. It does not read pip's settings (a mirror, a
# proxy), so where it fails pip has its turn. Both refuse whatever has not the hash that the lock names.
$(READY): $(LOCK)
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "python3: Python 3.11 or newer is needed"; exit 1; }
	@echo "Installing the Python packages into $(VENV)"
	@python3 -m venv $(VENV)
	@sed -n '/^uv==/,/[^\\]$$/p' $(LOCK) > $(VENV)/uv.lock
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.lock
	@$(VENV)/bin/uv pip sync --quiet --python $(PYTHON) --require-hashes --build-constraint $(LOCK) $(LOCK) \
		|| $(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	@touch $@

##@ The sandbox: a whole homelab on this machine

.PHONY: up
up: $(READY) ## bring the platform up in the sandbox (STACK=cottage: another home; PLUGIN=real, CHARTS=real: the real ones)
	@$(SANDBOX) up

.PHONY: preview
preview: $(READY) ## show what `make up` would change
	@$(SANDBOX) preview

.PHONY: doctor
doctor: $(READY) ## check that every reference between the parts resolves
	@$(SANDBOX) doctor

.PHONY: policy
policy: $(READY) ## hold the stack to the policy's rules, and list the exceptions with their reasons
	@$(SANDBOX) policy

.PHONY: rotate
rotate: $(READY) ## generate a client's secret anew (SECRET)
	$(call needs,SECRET,make rotate SECRET=argocd-oidc-client-secret)
	@$(SANDBOX) rotate "$(SECRET)"

.PHONY: drift
drift: $(READY) ## change an account behind the program (ACCOUNT, WHAT, SET)
	$(call needs,ACCOUNT,make drift ACCOUNT=cloudflare WHAT=DnsRecord/navidrome.harvestasya.org SET=proxied=false)
	@$(PYTHON) -m sandbox.plugins.accounts drift "$(ACCOUNT)" "$(WHAT)" "$(SET)"

.PHONY: fail
fail: $(READY) ## let an account refuse (ACCOUNT, DO, WHAT, SAY, TIMES)
	$(call needs,ACCOUNT,make fail ACCOUNT=cloudflare DO=create WHAT=DnsRecord SAY="out of order")
	@$(PYTHON) -m sandbox.plugins.accounts fail "$(ACCOUNT)" "$(DO)" "$(WHAT)" "$(SAY)" $(TIMES)

.PHONY: down
down: $(READY) ## destroy all but what is protected, and stop the sandbox
	@$(SANDBOX) down

.PHONY: stop
stop: $(READY) ## stop the sandbox, and keep all of it for the next `make up`
	@$(SANDBOX) stop

.PHONY: clean
clean: $(READY) ## stop the sandbox and forget it, with all its data
	@$(SANDBOX) clean

##@ The real stack, which PULUMI_STACK names

.PHONY: preview-comment
preview-comment: $(READY) ## preview the real stack in Markdown (PULUMI_STACK; PULL_REQUEST: as its comment)
	@$(PYTHON) -m pipeline preview-comment

.PHONY: drift-issue
drift-issue: $(READY) ## find what in the real stack is not as declared (PULUMI_STACK; on GitHub: as an issue)
	@$(PYTHON) -m pipeline drift-issue

.PHONY: deploy
deploy: $(READY) ## `pulumi up` of the real stack (PULUMI_STACK)
	@$(PYTHON) -m pipeline deploy

# In a shell that has sourced a sandbox's `env` it is the sandbox's update, and otherwise that of the real stack.
.PHONY: recover
recover: $(READY) ## bring an interrupted update back (ADOPT=1: what is there without a note; FORCE=1: locks of others)
	@$(PYTHON) -m $(if $(HOMELAB_SANDBOX),sandbox recover,recovery) $(if $(ADOPT),--adopt) $(if $(FORCE),--force)

##@ Checks and tests

.PHONY: lint
lint: $(READY) ## style, types, imports between the parts, white space
	@$(TIMED) "Check the style" $(PYTHON) -m ruff check --quiet .
	@$(TIMED) "Check the form" $(PYTHON) -m ruff format --quiet --check .
	@$(TIMED) "Check the types" $(PYTHON) -m mypy
	@$(TIMED) "Check who imports whom" $(VENV)/bin/lint-imports --no-logo --no-cache
	@! git rev-parse --git-dir >/dev/null 2>&1 || git --no-pager diff --check $$(git hash-object -t tree /dev/null)

.PHONY: lint-workflows
lint-workflows: $(READY) ## the workflows: what GitHub would refuse, what would be a hole
	@$(PYTHON) -m pipeline workflows

.PHONY: unit
unit: lint lint-workflows ## the quick part of the tests: lint, types, unit tests
	@$(PYTHON) -m pytest tests --ignore tests/engine -n auto
	@echo "Next: \`make engine\` for what needs a cluster, \`make up\` to see it run."

.PHONY: engine
engine: $(READY) ## the tests of the engine, in sandboxes of their own
	@$(SANDBOX) build
	@$(PYTHON) -m pytest tests/engine $(addprefix --ignore ,$(LONG)) -n 2 --dist loadfile

.PHONY: test
test: unit engine ## all tests but the long ones

# Lives of a quarter of an hour each: databases restored by their runbooks, a platform destroyed, a cluster lost, volumes
# moved, all that the guides say typed one after another.
LONG := $(addprefix tests/engine/,test_databases.py test_kept.py test_moving.py test_readme.py)

.PHONY: long
long: $(READY) ## the engine's tests of databases, kept data, moves and the guides, which take too long for every run
	@$(SANDBOX) build
	@$(PYTHON) -m pytest $(LONG) -n 2 --dist loadfile

.PHONY: drill
drill: $(READY) ## run the flows with their real software (FLOW=gitops; LOGS, PICTURES: folders for them)
	@$(PYTHON) -m drills $(FLOW) $(if $(WITHIN),--within $(WITHIN)) $(if $(LOGS),--logs "$(LOGS)") \
		$(if $(PICTURES),--pictures "$(PICTURES)")

.PHONY: chaos
chaos: $(READY) ## break a platform in every way there is, and see it survive (ALL=1: the engine is killed at each step)
	@$(PYTHON) -m drills kills cluster accounts state load $(if $(ALL),--whole) $(if $(LOGS),--logs "$(LOGS)")

.PHONY: bench
bench: $(READY) ## measure the figures that the README shows (QUICK=1: a few runs of each, in 8 minutes and not 20)
	@$(SANDBOX) bench $(if $(QUICK),--quick)

.PHONY: charts
charts: $(READY) ## hold the sandbox's charts against the real ones (CHARTS), or what is recorded of them (RECORD=chart)
	@$(PYTHON) -m tests.support.chart_facts $(if $(RECORD),--record "$(RECORD)")

.PHONY: renovate
renovate: $(READY) ## check that Renovate finds every pin (installs it once: npm, 560 MB)
	@$(PYTHON) -m pipeline renovate

##@ Documents

.PHONY: docs
docs: $(READY) ## write docs/platform and docs/data-flow.md of what the sandbox runs (CHECK=1: only compare)
	@$(SANDBOX) docs $(if $(CHECK),--check)

.PHONY: site
site: $(READY) ## build the documents as a site, to be read without a network (Mermaid comes once by npm)
	@$(PYTHON) -m website build

.PHONY: pictures
pictures: $(READY) ## photograph the site for the README, in Chromium
	@$(PYTHON) -m website pictures

.PHONY: recording
recording: $(READY) ## record what `make up` shows in a terminal, from nothing: the sandbox is forgotten first
	@$(PYTHON) -m website record

##@ Working on it

.PHONY: format
format: $(READY) ## put the code into its form, and mend what ruff can mend
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

.PHONY: generated
generated: $(READY) ## write what is made from the program: the stack file's schema, the list of URNs
	@$(PYTHON) -m components.configuration.schema
	@$(PYTHON) -m tests.support.urns

.PHONY: lock
lock: $(READY) ## lock all Python packages (PACKAGE=name takes its newest)
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version=3.11 --generate-hashes \
		$(if $(PACKAGE),--upgrade-package $(PACKAGE)) --output-file=$(LOCK) requirements.txt requirements-dev.txt

.PHONY: hooks
hooks: $(READY) ## have git run `make lint` before every commit
	@$(PYTHON) -m pre_commit install
