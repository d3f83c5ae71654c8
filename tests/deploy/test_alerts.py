"""Each alert has a runbook and a dashboard, and tests in which it fires, stays silent and resolves."""

from __future__ import annotations

import functools
import re
import subprocess
from typing import Any

import pytest
import yaml

from tests.support.deploy_tools import promtool
from tests.support.promql import ROOT, RULES, dashboards, known_names, metric_names, rules

ALERTS = rules("alerts.yml")
TESTS = ROOT / "tests/deploy/alerts_test.yml"


@functools.cache
def cases() -> list[dict[str, Any]]:
    tests = yaml.safe_load(TESTS.read_text())["tests"]
    return [case for test in tests for case in test.get("alert_rule_test", ())]


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_alerts_have_summary_runbook_and_dashboard(alert: dict[str, Any]) -> None:
    notes = alert["annotations"]
    assert alert["labels"]["severity"] in ("warning", "critical")
    assert notes["summary"]
    runbook = (ROOT / notes["runbook"]).read_text()
    assert alert["alert"] in runbook
    for heading in ("## Meaning", "## Diagnosis", "## Resolution"):
        assert heading in runbook
    assert notes["dashboard"].rpartition("/d/")[2] in {each["uid"] for each in dashboards().values()}
    assert metric_names(alert["expr"]) <= known_names()


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_every_alert_has_firing_and_silent_tests(alert: dict[str, Any]) -> None:
    own = [case for case in cases() if case["alertname"] == alert["alert"]]
    assert any(case["exp_alerts"] for case in own)
    assert sum(not case["exp_alerts"] for case in own) >= 2, "before or on a near miss, and after"


def test_recording_rules_use_existing_metrics() -> None:
    for rule in rules("recording.yml"):
        assert metric_names(rule["expr"]) <= known_names()


def test_every_runbook_belongs_to_an_alert() -> None:
    linked = {alert["annotations"]["runbook"] for alert in ALERTS}
    pages = {f"docs/runbooks/{path.name}" for path in (ROOT / "docs/runbooks").glob("*.md")}
    assert pages - {"docs/runbooks/README.md"} == linked


@pytest.mark.slow
def test_promtool_accepts_configuration_and_tests() -> None:
    tool = promtool()
    for arguments in (
        ("check", "config", str(RULES / "prometheus.yml")),
        ("test", "rules", str(TESTS)),
    ):
        done = subprocess.run([tool, *arguments], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr


def test_alertmanager_names_existing_receivers_and_alerts() -> None:
    config = yaml.safe_load((ROOT / "config/alertmanager/alertmanager.yml").read_text())
    receivers = {each["name"] for each in config["receivers"]}
    assert {config["route"]["receiver"], *(each["receiver"] for each in config["route"]["routes"])} <= receivers
    names = [alert["alert"] for alert in ALERTS]
    for rule in config["inhibit_rules"]:
        matchers = (*rule["source_matchers"], *rule["target_matchers"])
        for matcher in (each for each in matchers if each.startswith("alertname")):
            for pattern in matcher.partition("=")[2].strip('~"').split("|"):
                assert any(re.fullmatch(pattern, name) for name in names), pattern
