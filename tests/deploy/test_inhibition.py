"""A cause inhibits its symptoms: a real Alertmanager, with the committed rules."""

from __future__ import annotations

import json
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.deploy_tools import ROOT, alertmanager
from tests.support.monitoring_stack import until
from tests.support.redis_server import die_with_parent

pytestmark = pytest.mark.slow
Alert = dict[str, str]


def alert(name: str, **labels: str) -> Alert:
    return {"alertname": name, **labels}


SHOP = {"shop": "7494", "region": "US"}
CASES: tuple[tuple[Alert, list[Alert], list[Alert]], ...] = (
    (
        alert("RedisDown"),
        [alert("NoProgress"), alert("FleetStatsStale"), alert("ShopWaitCritical"), alert("CanaryLate")],
        [alert("RecordFillingUp"), alert("WorkerDown")],
    ),
    (
        alert("ApiDown", endpoint="edit_product"),
        [
            alert("HighFailureRatio"),
            alert("ShopParked", **SHOP, reason="platform"),
            alert("AuditStuck", **SHOP),
            alert("ReviewOverdue", shop="7494"),
            alert("ProductWaitsLong", shop="7494", reason="product_frozen"),
        ],
        [alert("DeadlineAtRisk", region="US"), alert("FeedRejected", field="shop_id")],
    ),
    (
        alert("PlatformDown", cause="network"),
        [alert("ApiDown", endpoint="edit_product"), alert("ShopWaitHigh"), alert("NoProgress")],
        [alert("RecordFillingUp", instance="w1")],
    ),
    (
        alert("ShopParked", **SHOP, reason="token"),
        [alert("AuditStuck", **SHOP), alert("ReviewOverdue", shop="7494"), alert("TokenExpiring", shop="7494")],
        [alert("AuditStuck", shop="7495", region="US"), alert("AnswersOverdue", shop="7494", reason="brand")],
    ),
    (
        alert("ShopParked", shop="other", region="US", reason="token"),
        [],
        [alert("AuditStuck", shop="other", region="US")],
    ),
    (
        alert("ShopProblem", cause="app_secret"),
        [alert("ShopsParked", reason="app_credentials"), alert("ShopParked", **SHOP, reason="token")],
        [alert("ShopsParked", reason="record")],
    ),
    (
        alert("WorkerProblem", problem="record"),
        [alert("ShopsParked", reason="record")],
        [alert("ShopsParked", reason="allow_list"), alert("ShopParked", **SHOP, reason="token")],
    ),
    (
        alert("ShopsParked", reason="allow_list"),
        [alert("NoProgress"), alert("AuditStuck", **SHOP)],
        [alert("RolloutStopped", cause="field/video"), alert("RedisDown")],
    ),
    (
        alert("RolloutStopped", cause="field/video", holds="yes"),
        [alert("ProductWaitsLong", shop="7494", reason="rollout")],
        [alert("ProductWaitsLong", shop="7494", reason="product_frozen"), alert("DeadlineAtRisk", region="US")],
    ),
    (
        alert("WorklistStale"),
        [alert("AnswersOverdue", shop="7494", reason="brand")],
        [alert("PeopleAtRisk", region="US")],
    ),
    (
        alert("DeadlineAtRisk", region="US"),
        [alert("PeopleAtRisk", region="US")],
        [alert("PeopleAtRisk", region="GB")],
    ),
    (
        alert("RecordFillingUp", instance="w1"),
        [alert("ShopsParked", reason="record")],
        [alert("ShopParked", **SHOP, reason="token")],
    ),
)


class Server:
    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._url}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def fire(self, alerts: list[Alert]) -> None:
        body = json.dumps([{"labels": labels} for labels in alerts]).encode()
        request = urllib.request.Request(
            f"{self._url}/api/v2/alerts", body, {"content-type": "application/json"}, method="POST"
        )
        urllib.request.urlopen(request, timeout=5).close()

    def inhibited(self) -> dict[tuple[tuple[str, str], ...], bool]:
        with urllib.request.urlopen(f"{self._url}/api/v2/alerts", timeout=5) as answer:
            held: list[dict[str, Any]] = json.load(answer)
        return {key(each["labels"]): bool(each["status"]["inhibitedBy"]) for each in held}


def key(labels: Alert) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            alertmanager(),
            f"--config.file={ROOT / 'config/alertmanager/alertmanager.yml'}",
            f"--storage.path={tmp_path}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent,
    )
    try:
        running = Server(port)
        until(running.ready, "alertmanager is ready")
        yield running
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("cause", "symptoms", "others"),
    CASES,
    ids=[f"{cause['alertname']}-{number}" for number, (cause, *_) in enumerate(CASES)],
)
def test_cause_inhibits_its_symptoms_only(
    server: Server, cause: Alert, symptoms: list[Alert], others: list[Alert]
) -> None:
    server.fire([cause])
    server.fire([*symptoms, *others])
    expected = {key(cause): False, **{key(each): True for each in symptoms}, **{key(each): False for each in others}}
    until(lambda: server.inhibited() == expected, f"{cause['alertname']} inhibits its symptoms only")
