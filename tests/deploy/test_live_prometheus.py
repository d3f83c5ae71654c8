"""A real Prometheus scrapes the real service and runs every query of every panel and alert."""

from __future__ import annotations

import contextlib
import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis as sync_redis
import yaml

from tests.support.deploy_tools import prometheus
from tests.support.free_ports import free_port
from tests.support.label_matchers import Matcher, used_matchers
from tests.support.monitoring_stack import RELIST, announced, environment, process, until
from tests.support.promql import RULES, filled_in, metric_names, panels, rules
from tests.support.redis_server import RedisServer

pytestmark = pytest.mark.slow

ABSENT = {
    "relist_redis_errors_total": "counted only when Redis fails",
    "relist_observer_errors_total": "counts only failed side effects",
    "relist_engine_assertions_failed_total": "counts only failed assertions",
    "relist_rollout_stopped_timestamp_seconds": "the rollout stops nothing on a healthy platform",
    "relist_worker_problems": "counts only workers with a problem",
    "relist_platform_down_since_timestamp_seconds": "the platform responds",
    "relist_shop_parked_since_timestamp_seconds": "no shop is parked on a healthy platform",
    "relist_shop_problems": "counts only shops with a problem",
    "relist_shop_problem_since_timestamp_seconds": "no shop has a problem",
    "relist_intake_rejections_total": "counts only rejected entries",
    "relist_trace_spans_total": "counts spans, and traces are off",
}
"""Metric -> the reason why a healthy service lacks it."""
IN_TROUBLE = {
    Matcher("relist_jobs_finished_total", "result", "failed"): "a permanent error, or attempts used up",
    Matcher("relist_jobs_finished_total", "result", "retried"): "an attempt that failed",
    Matcher("relist_jobs_finished_total", "result", "snoozed"): "a product that is locked, or Redis unavailable",
    Matcher("relist_jobs_finished_total", "result", "parked"): "a parked shop",
    Matcher("relist_jobs_finished_total", "result", "handed_back"): "a worker that stopped during a job",
    Matcher("relist_trace_spans_total", "result", "dropped"): "traces are on, and the collector fails",
    Matcher("relist_jobs_enqueued_total", "producer", "retry"): "an operator retries",
    Matcher("relist_jobs_enqueued_total", "producer", "worklist"): "an operator imports answers",
    Matcher("relist_api_requests_total", "result", "server_error"): "the platform fails",
    Matcher("relist_api_requests_total", "result", "no_answer"): "the platform is unreachable",
    **{
        Matcher("relist_shop_parked_since_timestamp_seconds", "reason", reason): "a parked shop"
        for reason in (
            *("quota", "market", "platform"),
            *("allow_list", "app_credentials", "token_key", "token_service", "record", "redis"),
        )
    },
    **{
        Matcher("relist_shop_problems", "cause", cause): "a shop with a problem"
        for cause in ("webhooks", "webhook_address", "expiring", "throttled", "platform")
    },
}
"""Matchers without series on a healthy service, and why; test_matchers.py checks that the code can emit them."""


class Queries:
    def __init__(self, url: str) -> None:
        self._url = url

    def get(self, path: str, **parameters: str) -> Any:
        """Raises AssertionError with Prometheus's message if it refuses the query, OSError while it starts."""
        try:
            query = urllib.parse.urlencode(parameters)
            with urllib.request.urlopen(f"{self._url}/api/v1/{path}?{query}", timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            if error.code == 503:
                # While it replays its write-ahead log, it responds with plain text.
                raise
            raise AssertionError(json.load(error)["error"]) from None

    def has_data(self, expr: str) -> bool:
        return bool(self.get("query", query=expr)["result"])

    def has_known(self, selector: str) -> bool:
        """Whether a series matches, also one that has ended: a review ends while the tests run."""
        return bool(self.get("series", **{"match[]": selector, "start": "0"}))

    def names(self) -> set[str]:
        return set(self.get("label/__name__/values"))


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queries]:
    directory = tmp_path_factory.mktemp("live")
    gateway_port, prometheus_port = free_port(), free_port()
    # The simulator's region has a deadline.
    markets = directory / "markets.toml"
    markets.write_text('[us]\nregions = ["US"]\nopens = 2024-09-05\nv1_ends = 2999-01-01\n')
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(RedisServer(append_only=True))
        settings = {
            "RELIST_REDIS_URL": server.url,
            "RELIST_APP_KEY": "simulated-key",
            "RELIST_APP_SECRET": "simulated-secret",
            "RELIST_TOKEN_KEY": "k" * 16,
            "RELIST_JOURNAL_DIR": str(directory / "journal"),
            "RELIST_MARKETS_FILE": str(markets),
            "RELIST_METRICS_PORT": "0",
            "RELIST_GATEWAY_PORT": str(gateway_port),
            # A little above the simulator's allowance, so that it throttles immediately.
            "RELIST_DEFAULT_RATE": "90",
            "RELIST_MAX_RATE": "90",
        }

        def start(name: str, *arguments: str) -> str:
            log = directory / f"{name}.log"
            stack.enter_context(process([*RELIST, name, *arguments], settings, log))
            return announced(log)

        hook = f"http://127.0.0.1:{gateway_port}/webhooks/tiktok"
        api = start("simulator", "--shops", "3", "--products", "3000", "--webhook-url", hook)
        settings["RELIST_API_URL"] = settings["RELIST_AUTH_URL"] = api
        fed = subprocess.run([*RELIST, "demo-feed"], env=environment(settings), capture_output=True, text=True)
        assert fed.returncode == 0, fed.stderr
        worker_port = start("worker", "--announce")
        client = sync_redis.Redis.from_url(server.url)
        (shop, *_) = sorted(client.hkeys("relist:shops"))
        lane = f"relist:{{{shop.decode()}}}:"
        until(lambda: client.hlen(lane + "blocked") > 0 and client.zcard(lane + "audits") > 0, "work done")
        until(
            lambda: any(b'"under_review"' in job for job in client.hvals(lane + "jobs")), "a product waits for a review"
        )
        # The gateway counts once at its start, so it starts after there is something to count.
        client.xadd(
            "relist:intake", {"job": json.dumps({"kind": "search", "shop_id": shop.decode(), "trace_id": "erp-42"})}
        )
        client.close()
        start("gateway", "--announce")
        config = _config(directory, {"relist-worker": f"127.0.0.1:{worker_port}", "relist-gateway": f"{hook[7:]}"})
        address = f"127.0.0.1:{prometheus_port}"
        command = [prometheus(), f"--config.file={config}", f"--storage.tsdb.path={directory / 'tsdb'}"]
        command.append("--enable-feature=exemplar-storage")
        log = directory / "prometheus.log"
        stack.enter_context(process([*command, f"--web.listen-address={address}"], {}, log, cwd=directory))
        live = Queries(f"http://{address}")

        def answers() -> bool:
            try:
                return live.has_data('min(up{job=~"relist-.*"}) == 1')
            except OSError:
                return False

        until(answers, "Prometheus scrapes both: " + log.name)
        yield live


def _config(directory: Path, targets: dict[str, str]) -> Path:
    """The deployed configuration with fixed addresses instead of DNS, and intervals of one second."""
    config = yaml.safe_load((RULES / "prometheus.yml").read_text())
    config["global"].update(scrape_interval="1s", evaluation_interval="1s")
    del config["alerting"]
    config["rule_files"] = [str(RULES / file) for file in config["rule_files"]]
    scrapes = [each for each in config["scrape_configs"] if each["job_name"] in targets]
    assert len(scrapes) == len(targets)
    for each in scrapes:
        del each["dns_sd_configs"]
        each["static_configs"] = [{"targets": [targets[each["job_name"]].partition("/")[0]]}]
    config["scrape_configs"] = scrapes
    path = directory / "prometheus.yml"
    path.write_text(yaml.safe_dump(config))
    return path


def test_every_query_of_every_panel_returns_data(live: Queries) -> None:
    queries = {
        f"{name} [{target['refId']}]": filled_in(target["expr"])
        for name, panel in panels()
        for target in panel["targets"]
    }
    empty = dict(queries)

    def all_have_data() -> bool:
        for name in list(empty):
            if live.has_data(empty[name]):
                del empty[name]
        return not empty

    try:
        # The gateway counts each run once a minute, and a pace needs two counts.
        until(all_have_data, "every panel has data", 150)
    except AssertionError:
        pytest.fail("no data: " + json.dumps(empty, indent=1))


def test_every_named_metric_exists(live: Queries) -> None:
    exprs = [target["expr"] for _, panel in panels() for target in panel["targets"]]
    exprs += [rule["expr"] for file in ("alerts.yml", "recording.yml") for rule in rules(file)]
    named = set().union(*(metric_names(expr) for expr in exprs)) - ABSENT.keys()
    until(lambda: named <= live.names(), f"all of {sorted(named - live.names())}", 60)


def test_every_selector_matches(live: Queries) -> None:
    assert IN_TROUBLE.keys() <= used_matchers(), "entries that nothing uses"
    missing = used_matchers() - IN_TROUBLE.keys()

    def all_found() -> bool:
        for matcher in list(missing):
            if live.has_known(str(matcher)):
                missing.remove(matcher)
        return not missing

    try:
        until(all_found, "every selector finds a series", 60)
    except AssertionError:
        pytest.fail("no such series: " + ", ".join(sorted(map(str, missing))))


def test_prometheus_evaluates_every_rule_without_an_error(live: Queries) -> None:
    def evaluated() -> list[dict[str, Any]]:
        return [rule for group in live.get("rules")["groups"] for rule in group["rules"]]

    until(lambda: all(rule["health"] != "unknown" for rule in evaluated()), "every rule evaluated")
    assert {rule["name"]: rule.get("lastError") for rule in evaluated() if rule["health"] != "ok"} == {}
    assert len(evaluated()) == len(rules("alerts.yml")) + len(rules("recording.yml"))


def test_a_healthy_service_fires_no_critical_alert(live: Queries) -> None:
    firing = live.get("query", query='ALERTS{alertstate="firing",severity="critical"}')["result"]
    assert [each["metric"]["alertname"] for each in firing] == []


def test_trace_id_links_metrics_and_logs(live: Queries) -> None:
    def traced() -> set[str]:
        span = {"start": "0", "end": "32503680000"}
        found = live.get("query_exemplars", query="relist_job_duration_seconds_bucket", **span)
        return {each["labels"]["trace_id"] for series in found for each in series["exemplars"]}

    until(lambda: "erp-42" in traced(), "an exemplar")


def test_no_series_names_a_product(live: Queries) -> None:
    series = live.get("series", **{"match[]": '{__name__=~"relist_.+"}'})
    values = {value for each in series for name, value in each.items() if name not in ("instance", "__name__")}
    assert not {value for value in values if value.startswith("17290000")}
    assert {each["shop"] for each in series if "shop" in each} >= {"7494000000000000001"}
