.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := benchmarks/.venv-peers
SEEN := .reliability
MINUTES ?= 30
SEED ?= 1
ENTRIES ?= 1000000
JOBS ?= 6
PACKAGES := config facts model redis_client http_server tiktok_shop token_store shop_queue catalogue relisting record rollout tables worker producers worklist monitoring gateway console simulator demo

help: ## this list
	@awk -F':.*## ' '/^[a-z%-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	$(BIN)/python -m compileall -q $(PACKAGES) # or, where writing bytecode is off, every process would do it at its start
	@touch $@

install: $(VENV)/ready ## a virtual environment in .venv with everything in it

demo: $(VENV)/ready ## watch thousands of products of many shops being relisted (under a minute)
	@$(BIN)/relist demo $(ARGS)

test: $(VENV)/ready ## every fast test, in parallel (under 3 minutes)
	$(BIN)/python -m pytest -m "not slow" -q -n $(JOBS) --dist=worksteal $(ARGS)

test-slow: $(VENV)/ready chromium packages ## the others: crashes, failovers, containers, a browser (as root)
	$(BIN)/python -m pytest -m slow -q --ignore=tests/faults $(ARGS)
	$(BIN)/python -m pytest -q tests/faults/test_crashes.py $(ARGS)

test-faults: $(VENV)/ready packages ## real processes are killed, cut off, starved and lied to (half an hour, as root)
	$(BIN)/python -m pytest -q tests/faults $(ARGS)

coverage: $(VENV)/ready ## how much of the queue, the client and the pipeline the tests run; fails below 95 %
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -m "not slow" -q $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage json --quiet -o coverage.json
	$(BIN)/python -m tests.support.coverage_table coverage.json

mutants: $(VENV)/ready ## small mistakes put into the code: which ones no test sees (an hour; docs/mutation.md)
	rm -rf mutants # mutmut copies again only what it mutates: not the scripts
	$(BIN)/mutmut run --max-children 1
	$(BIN)/python -m tests.mutation.survivors
	$(BIN)/python -m tests.mutation.lua

test-servers: $(VENV)/ready ## the tests that lean on Redis, on each of SERVERS="/usr/bin/redis-server ..."
	@for server in $(SERVERS); do $$server --version && RELIST_TEST_REDIS=$$server $(BIN)/python -m pytest -q \
		tests/integration/shop_queue tests/integration/engine tests/integration/cluster tests/integration/sentinel \
		tests/integration/producers || exit 1; done

soak: $(VENV)/ready ## full speed and random trouble for half an hour (MINUTES=30 SEED=1)
	RELIST_SOAK_MINUTES=$(MINUTES) RELIST_SOAK_SEED=$(SEED) \
		$(BIN)/python -m pytest -q tests/faults/test_soak.py -o log_cli=true -o log_cli_level=INFO

reliability: $(VENV)/ready packages ## the fault suite with half an hour's soak and a million hostile entries, then docs/reliability.md
	rm -rf $(SEEN)
	RELIST_RELIABILITY=$(SEEN) RELIST_SOAK_MINUTES=$(MINUTES) RELIST_HOSTILE_ENTRIES=$(ENTRIES) $(BIN)/python -m pytest -q tests/faults
	$(BIN)/python -m tests.support.reliability_page $(SEEN)

test-all: test-slow test-faults test ## every test there is

alerts: ## alert rules and Prometheus's configuration, by promtool (installs Debian's prometheus as root)
	.ci/prometheus
	promtool check config config/prometheus/prometheus.yml
	promtool test rules tests/deploy/alerts_test.yml

generated: $(VENV)/ready ## write the generated pages and dashboards
	$(BIN)/python -m config.metrics.page
	$(BIN)/python -m config.logging.page
	$(BIN)/python -m config.grafana.build
	$(BIN)/python -m facts.page

packages: ## what Debian has for the slow tests; root installs what is missing
	.ci/packages

chromium: ## the browser of the page's tests; root installs Debian's where there is none
	@command -v chromium > /dev/null || test "$$(id -u)" -ne 0 || \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; }

pictures: $(VENV)/ready chromium ## the screenshots of docs/images, taken anew
	RELIST_SCREENSHOTS=docs/images $(BIN)/python -m pytest -q tests/browser

lock: $(VENV)/ready ## pin what the image installs, with hashes: requirements.lock and build.lock, made anew
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --upgrade \
		--extra postgres pyproject.toml -o requirements.lock
	$(BIN)/python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['build-system']['requires'])" \
		| $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --upgrade \
		- -o build.lock

audit: $(VENV)/ready ## known vulnerabilities of what is locked; says so where the data can not be reached
	$(BIN)/python .ci/audit.py

sbom: $(VENV)/ready ## sbom.json: what the image holds, as CycloneDX, from the lock
	$(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible -o sbom.json

lint: $(VENV)/ready ## ruff, mypy --strict, and the project's language (.ci/language.py)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python .ci/language.py

format: $(VENV)/ready ## let ruff put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(PEERS)/%/ready: benchmarks/peers/%.txt
	$(PYTHON) -m venv $(PEERS)/$*
	$(PEERS)/$*/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

peers: $(VENV)/ready $(PEERS)/saq/ready $(PEERS)/streaq/ready $(PEERS)/taskiq/ready ## the queues we measure beside ours
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'

bench: peers ## every benchmark beside its peers, then docs/benchmarks.md (15 minutes; ARGS=--quick: 3)
	$(BIN)/python -m benchmarks $(ARGS)

bench-%: peers ## one of engine enqueue memory footprint whole_job pacing fairness scale recovery rolling
	$(BIN)/python -m benchmarks.$* $(ARGS)

# Tests and demos start many processes, and each would compile every module it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install demo test coverage mutants test-slow test-faults test-servers soak reliability test-all bench peers alerts generated packages chromium pictures lock audit sbom lint format
