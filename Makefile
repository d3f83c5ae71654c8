.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FAULTS_IN_CI := tests/faults/test_crashes.py tests/faults/test_least_rights.py
PEERS := benchmarks/.venv-peers
SEEN := .reliability
MINUTES ?= 30
SEED ?= 1
ENTRIES ?= 1000000
JOBS ?= 6
SEEDS ?= 1-1000
WORLDS ?= queue
PACKAGES := config facts model redis_client http_server tracing tiktok_shop token_store shop_queue authorisation catalogue proposals relisting mapping_studio record rollout tables worker producers worklist monitoring undo reports web_ui gateway console calibration simulator demo

help: ## list the targets
	@awk -F':.*## ' '/^[a-z%-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@# Compiled now, so that no process has to compile at its start.
	@$(BIN)/python -m compileall -q $(PACKAGES)
	@touch $@

install: $(VENV)/ready ## create a virtual environment in .venv with all dependencies

demo: $(VENV)/ready ## relist thousands of simulated products while you watch (a minute or two)
	@$(BIN)/relist demo $(ARGS)

test: $(VENV)/ready ## run all fast tests in parallel (about 3 minutes on two cores)
	$(BIN)/python -m pytest -m "not slow" -q -n $(JOBS) --dist=worksteal $(ARGS)

test-slow: $(VENV)/ready chromium packages ## run the slow tests: crashes, failovers, containers, a browser (as root)
	$(BIN)/python -m pytest -m slow -q --ignore=tests/faults -n 2 --dist=loadfile $(ARGS)
	$(BIN)/python -m pytest -q $(FAULTS_IN_CI) $(ARGS)

test-faults: $(VENV)/ready packages ## run the fault-injection tests on real processes (half an hour, as root)
	$(BIN)/python -m pytest -q tests/faults $(ARGS)

simulate: $(VENV)/ready ## search simulated worlds: SEEDS=1-1000 or SECONDS=60; one world: SEED=17; shrunk: SHRINK=17; WORLDS=pipeline
	PYTHONHASHSEED=0 $(BIN)/python -m tests.simulation --worlds $(WORLDS) --seeds $(SEEDS) $(if $(SECONDS),--seconds $(SECONDS)) \
		$(if $(filter command line,$(origin SEED)),--seed $(SEED)) $(if $(SHRINK),--shrink $(SHRINK)) $(ARGS)

coverage: $(VENV)/ready ## how much of the queue, the client and the pipeline the tests run; fails below 95 %
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -m "not slow" -q $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage json --quiet -o coverage.json
	$(BIN)/python -m tests.support.coverage_table coverage.json

mutants: $(VENV)/ready ## run mutation tests and list surviving mutants (an hour; docs/mutation.md)
	rm -rf mutants # mutmut copies again only what it mutates: not the scripts
	$(BIN)/mutmut run --max-children 1
	$(BIN)/python -m tests.mutation.survivors
	$(BIN)/python -m tests.mutation.lua

test-servers: $(VENV)/ready ## run the tests that use Redis on each of SERVERS="/usr/bin/redis-server ..."
	@for server in $(SERVERS); do $$server --version && RELIST_TEST_REDIS=$$server $(BIN)/python -m pytest -q \
		tests/integration/shop_queue tests/integration/engine tests/integration/cluster tests/integration/sentinel \
		tests/integration/producers || exit 1; done

soak: $(VENV)/ready ## run at full speed with random faults for half an hour (MINUTES=30 SEED=1)
	RELIST_SOAK_MINUTES=$(MINUTES) RELIST_SOAK_SEED=$(SEED) \
		$(BIN)/python -m pytest -q tests/faults/test_soak.py -o log_cli=true -o log_cli_level=INFO

reliability: $(VENV)/ready packages ## run the fault tests with a soak and a million hostile entries, then write docs/reliability.md
	rm -rf $(SEEN)
	RELIST_RELIABILITY=$(SEEN) RELIST_SOAK_MINUTES=$(MINUTES) RELIST_HOSTILE_ENTRIES=$(ENTRIES) $(BIN)/python -m pytest -q tests/faults
	$(BIN)/python -m tests.support.reliability_page $(SEEN)

test-all: test-slow test-faults test ## run all tests

alerts: ## check alert rules and the Prometheus configuration with promtool (root installs it)
	.ci/prometheus
	promtool check config config/prometheus/prometheus.yml
	promtool test rules tests/deploy/alerts_test.yml

generated: $(VENV)/ready ## write the generated pages and dashboards
	$(BIN)/python -m config.metrics.page
	$(BIN)/python -m config.logging.page
	$(BIN)/python -m config.grafana.build
	$(BIN)/python -m facts.page
	$(BIN)/python -m proposals.lexicon_build

packages: ## check the Debian packages for the slow tests; root installs missing ones
	.ci/packages

chromium: ## check the browser for the web UI tests; root installs a missing one
	@command -v chromium > /dev/null || test "$$(id -u)" -ne 0 || \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; }

pictures: $(VENV)/ready chromium ## retake the screenshots in docs/images
	RELIST_SCREENSHOTS=docs/images $(BIN)/python -m pytest -q tests/browser

lock: $(VENV)/ready ## regenerate requirements.lock and build.lock, which pin the image's packages with hashes
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --upgrade \
		--extra fast --extra otel --extra postgres pyproject.toml -o requirements.lock
	$(BIN)/python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['build-system']['requires'])" \
		| $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --upgrade \
		- -o build.lock

audit: $(VENV)/ready ## check locked packages for known vulnerabilities; reports if the database cannot be reached
	$(BIN)/python .ci/audit.py

sbom: $(VENV)/ready ## write sbom.json, the image's content as CycloneDX
	$(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible -o sbom.json

release: $(VENV)/ready ## build wheel, image context, bill of materials, notes and checksums of HEAD in dist/ (IMAGE=yes: the image too)
	$(BIN)/python .ci/release.py $(if $(filter yes,$(IMAGE)),--image)

lint: $(VENV)/ready ## run ruff, mypy --strict and the language check (.ci/language.py)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python .ci/language.py

format: $(VENV)/ready ## format the code with ruff
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(PEERS)/%/ready: benchmarks/peers/%.txt
	$(PYTHON) -m venv $(PEERS)/$*
	$(PEERS)/$*/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

peers: $(VENV)/ready $(PEERS)/saq/ready $(PEERS)/streaq/ready $(PEERS)/taskiq/ready $(PEERS)/procrastinate/ready ## install the libraries with which benchmarks compare
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'

bench: peers ## run all benchmarks and write docs/benchmarks.md (15 minutes; 3 with ARGS=--quick)
	$(BIN)/python -m benchmarks $(ARGS)

bench-%: peers ## one of engine enqueue latency memory worker_memory footprint whole_job pacing fairness tenants scale shared_limits fleets cluster recovery rolling start record record_at_size record_damage record_kills integrity_under_faults rollout traces web_ui proposals split_categories people
	$(BIN)/python -m benchmarks.$* $(ARGS)

# Tests and demos start many processes, and each would compile every module it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install demo test simulate coverage mutants test-slow test-faults test-servers soak reliability test-all bench peers alerts generated packages chromium pictures lock audit sbom release lint format
