.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := benchmarks/.venv-peers
SEEN := .reliability

help: ## this list
	@awk -F':.*## ' '/^[a-z%-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

install: $(VENV)/ready ## a virtual environment in .venv with everything in it

demo: $(VENV)/ready ## watch thousands of products of many shops being relisted (under a minute)
	@$(BIN)/relist demo $(ARGS)

test: $(VENV)/ready ## every test that takes seconds (under 5 minutes in all)
	$(BIN)/python -m pytest -m "not slow" -q $(ARGS)

test-slow: $(VENV)/ready chromium ## the others: crashes, failovers, a browser
	$(BIN)/python -m pytest -m slow -q $(ARGS)

test-faults: $(VENV)/ready ## real processes are killed, cut off, starved and lied to (part of test-slow too)
	$(BIN)/python -m pytest -q tests/faults $(ARGS)

test-servers: $(VENV)/ready ## the tests that lean on Redis, on each of SERVERS="/usr/bin/redis-server ..."
	@for server in $(SERVERS); do $$server --version && RELIST_TEST_REDIS=$$server $(BIN)/python -m pytest -q \
		tests/integration/shop_queue tests/integration/engine tests/integration/cluster tests/integration/sentinel \
		tests/integration/producers || exit 1; done

reliability: $(VENV)/ready ## the fault suite, then docs/reliability.md of what it saw
	rm -rf $(SEEN)
	RELIST_RELIABILITY=$(SEEN) $(BIN)/python -m pytest -q tests/faults
	$(BIN)/python -m tests.faults.page $(SEEN)

test-all: test-slow test ## every test there is

alerts: ## alert rules and Prometheus's configuration, by promtool (installs Debian's prometheus as root)
	.ci/prometheus
	promtool check config config/prometheus/prometheus.yml
	promtool test rules tests/deploy/alerts_test.yml

generated: $(VENV)/ready ## write what is made from code: docs/metrics.md, the dashboards
	$(BIN)/python -m config.metric_page
	$(BIN)/python -m config.log_page
	$(BIN)/python -m config.grafana.build

chromium: ## the browser of the page's tests; root installs Debian's where there is none
	@command -v chromium > /dev/null || test "$$(id -u)" -ne 0 || \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; }

pictures: $(VENV)/ready chromium ## the screenshots of docs/images, taken anew
	RELIST_SCREENSHOTS=docs/images $(BIN)/python -m pytest -q tests/browser

lint: $(VENV)/ready ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

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

bench-%: peers ## one of engine enqueue memory whole_job pacing fairness scale recovery rolling
	$(BIN)/python -m benchmarks.$* $(ARGS)

.PHONY: help install demo test test-slow test-faults test-servers reliability test-all bench peers alerts generated chromium pictures lint format
