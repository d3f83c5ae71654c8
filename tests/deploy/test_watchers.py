"""Prometheus and Alertmanager with the commands, mounts, ports and health checks of docker-compose.yml, without Docker.

The programs are Debian's, which are older than the images. Debian has no Grafana: the queries of its dashboards are
tested on a live Prometheus (test_live_prometheus.py), its start is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.compose import composed
from tests.support.deploy_tools import ROOT, alertmanager, prometheus
from tests.support.isolated_environment import Isolated
from tests.support.monitoring_stack import until

pytestmark = pytest.mark.slow


@pytest.fixture
def watcher(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Isolated]:
    program = {"prometheus": prometheus, "alertmanager": alertmanager}[request.param]()
    container = Isolated(composed()["services"][request.param], program, tmp_path)
    container.start()
    yield container
    container.kill()


@pytest.mark.parametrize("watcher", ["prometheus"], indirect=True)
def test_prometheus_loads_every_rule_and_target(watcher: Isolated) -> None:
    until(watcher.healthy, "prometheus is healthy")
    ready = ("wget", "-qO-", "http://127.0.0.1:9090/-/ready")
    until(
        lambda: watcher.run(*ready).returncode == 0, "prometheus has loaded its rules"
    )  # It is healthy before it is ready.
    reported = json.loads(watcher.run("wget", "-qO-", "http://127.0.0.1:9090/api/v1/rules").stdout)
    loaded = {rule["name"] for group in reported["data"]["groups"] for rule in group["rules"]}
    written = [
        yaml.safe_load((ROOT / "config/prometheus" / name).read_text()) for name in ("alerts.yml", "recording.yml")
    ]
    rules = [rule for file in written for group in file["groups"] for rule in group["rules"]]
    assert loaded == {rule.get("alert") or rule["record"] for rule in rules}
    reported = json.loads(watcher.run("wget", "-qO-", "http://127.0.0.1:9090/api/v1/status/config").stdout)
    loaded_jobs = {job["job_name"] for job in yaml.safe_load(reported["data"]["yaml"])["scrape_configs"]}
    given = yaml.safe_load((ROOT / "config/prometheus/prometheus.yml").read_text())
    assert loaded_jobs == {job["job_name"] for job in given["scrape_configs"]}
    assert {"relist-worker", "relist-gateway"} <= loaded_jobs
    assert watcher.stop() == 0


@pytest.mark.parametrize("watcher", ["alertmanager"], indirect=True)
def test_alertmanager_starts_and_accepts_an_alert(watcher: Isolated) -> None:
    until(watcher.healthy, "alertmanager is healthy")
    alert = json.dumps([{"labels": {"alertname": "NoProgress", "severity": "critical"}}])
    sent = watcher.run(
        *("wget", "-qO-", "--header=content-type: application/json", f"--post-data={alert}"),
        "http://127.0.0.1:9093/api/v2/alerts",
    )
    assert sent.returncode == 0, sent.stderr
    held = json.loads(watcher.run("wget", "-qO-", "http://127.0.0.1:9093/api/v2/alerts").stdout)
    assert [each["labels"]["alertname"] for each in held] == ["NoProgress"]
    assert watcher.stop() == 0
