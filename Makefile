# Every target sets up what it needs: Python 3.11 or later, git and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
# Of concurrent pushers; 50 were run when the scripts were written.
ROUNDS ?= 20
# The same walks for every change, so that a red gate is the change's fault; `make endurance` draws others.
SEED ?= 16000
# Which sample apps `make images` builds: verify, all, or names with commas.
APPS ?= verify
# What make verify runs, and make test does not; nor does it run tests/live, which has a line of its own there.
HEAVY := tests/matrix/test_validators.py tests/crash/test_every_step.py tests/crash/test_power_loss.py tests/hostile \
	tests/crash/test_random_kills.py tests/detect/test_detect_patterns.py tests/detect/test_pack_mistakes.py \
	tests/detect/test_detect_hostile.py tests/detect/test_yaml_hostile.py \
	tests/peers tests/matrix/test_cover.py tests/runtimes/test_validators.py tests/ci/test_groovy_lint.py tests/gitlab
# Where more time means more examples; the rest of these folders is the same in make test.
THOROUGH := tests/escaping/test_fields.py tests/escaping/test_flux.py tests/escaping/test_gitlab.py \
	tests/escaping/test_languages.py tests/escaping/test_runtimes.py tests/spec/test_agreement.py

.PHONY: help demo test quick lint python-validators verify images endurance bench schemas examples pins clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | column -t -s '|'

# In two steps: what builds gitopsgen comes from the pins too.
$(READY): pyproject.toml tools/pins/development.txt
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet --constraint tools/pins/development.txt --upgrade pip
	$(BIN)/pip install --quiet --constraint tools/pins/development.txt --group test --group lint
	$(BIN)/pip install --quiet --constraint tools/pins/development.txt --no-build-isolation --editable .
	touch $@

demo: $(READY) ## Deliver a sample app both ways, in a temporary folder
	PATH="$(CURDIR)/$(BIN):$$PATH" sh tools/demo.sh

lint: $(READY) ## Ruff, mypy, stale schemas, tables, pages and examples
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tools/export_schemas.py --check
	$(BIN)/python tools/systems.py --check || { echo "run python tools/systems.py, and commit README.md"; exit 1; }
	$(BIN)/python tools/pages.py --check || { echo "run python tools/pages.py, and commit docs/"; exit 1; }
	$(BIN)/python tools/examples.py --check || { echo "run make examples, and commit examples/"; exit 1; }

python-validators:
	$(PYTHON) tools/install.py python

test: ## Lint, the tests, the Python validators; what is heavy or needs Go, a cluster or Checkov is in make verify
	$(MAKE) --no-print-directory --jobs 2 lint python-validators
	GITOPSGEN_REQUIRE_VALIDATORS=python $(BIN)/pytest -n auto --ignore tests/live $(HEAVY:%=--ignore %)

quick: $(READY) ## The tests alone, without the validators and the wheel
	$(BIN)/pytest -n auto -q --ignore tests/validators --ignore tests/test_wheel.py

verify: $(READY) ## The heavy gates: Go validators, a real API server, many more examples
	$(BIN)/python tools/install.py python checkov go gitlab
	sh tests/live/cluster/build.sh .tools/cluster
	GITOPSGEN_REQUIRE_VALIDATORS="python checkov go" GITOPSGEN_REQUIRE_LIVE=1 $(BIN)/pytest -n auto tests/validators
	GITOPSGEN_REQUIRE_LIVE=1 GITOPSGEN_LIVE_ROUNDS=$(ROUNDS) $(BIN)/pytest -n 2 --dist loadfile tests/live
	GITOPSGEN_THOROUGH=1 $(BIN)/pytest -n auto $(THOROUGH)
	GITOPSGEN_REQUIRE_VALIDATORS="python checkov go gitlab" GITOPSGEN_REQUIRE_LIVE=1 \
		$(BIN)/pytest -n auto --dist loadscope $(HEAVY)
	GITOPSGEN_THOROUGH=1 GITOPSGEN_SEED=$(SEED) $(BIN)/pytest tests/properties
	GITOPSGEN_REQUIRE_LIVE=1 $(MAKE) images

images: $(READY) ## Build and run sample apps' images, as root on Debian; APPS=all for every one, and its table
	sh tests/images/install.sh
	$(BIN)/python tools/install.py gitlab
	GITOPSGEN_IMAGES=$(APPS) GITOPSGEN_REQUIRE_VALIDATORS=gitlab $(BIN)/pytest -n 2 tests/images
	if [ $(APPS) = all ]; then $(BIN)/python -m tests.images.table; fi

endurance: $(READY) ## Hours' worth of kills, cuts and walks: before a release
	GITOPSGEN_THOROUGH=1 $(BIN)/pytest -n auto tests/crash tests/properties tests/hostile tests/upgrade

bench: $(READY) ## Measure, and write benchmarks/README.md
	$(BIN)/python benchmarks/run.py

schemas: $(READY) ## Export the schemas from the models
	$(BIN)/python tools/export_schemas.py

examples: $(READY) ## Compile examples/ again
	$(BIN)/python tools/examples.py

pins: ## Write down the newest versions that the gates run with
	$(PYTHON) tools/pins.py

clean: ## Remove what make has set up
	rm -rf $(VENV) .tools build dist
