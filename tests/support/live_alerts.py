"""A real Prometheus and Alertmanager with the committed rules, which fire immediately instead of after minutes."""

from __future__ import annotations

import contextlib
import json
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.support.deploy_tools import ROOT, alertmanager, prometheus
from tests.support.free_ports import free_port
from tests.support.promql import RULES
from tests.support.redis_server import die_with_parent

PARKED_FOR = "> 900"
"""The end of the expressions of ShopParked and ShopsParked."""


class LiveAlerts:
    def __init__(self, address: str) -> None:
        self._url = f"http://{address}/api/v2/alerts"

    def now(self) -> dict[str, bool]:
        """Return the names of alerts that fire now -> whether all of them are inhibited."""
        with urllib.request.urlopen(self._url, timeout=5) as answer:
            held: list[dict[str, Any]] = json.load(answer)
        found: dict[str, bool] = {}
        for each in held:
            name = each["labels"]["alertname"]
            found[name] = found.get(name, True) and bool(each["status"]["inhibitedBy"])
        return found


@contextlib.contextmanager
def live_alerts(directory: Path, targets: Mapping[str, Sequence[str]]) -> Iterator[LiveAlerts]:
    """`targets`: job of the committed scrape configuration -> addresses."""
    directory.mkdir()
    server, manager = (f"127.0.0.1:{free_port()}" for _ in range(2))
    config = _write_config(directory, targets, manager)
    commands = (
        [
            alertmanager(),
            f"--config.file={ROOT / 'config/alertmanager/alertmanager.yml'}",
            f"--storage.path={directory / 'alertmanager'}",
            f"--web.listen-address={manager}",
            "--cluster.listen-address=",
        ],
        [
            prometheus(),
            f"--config.file={config}",
            f"--storage.tsdb.path={directory / 'tsdb'}",
            f"--web.listen-address={server}",
            # The first notification may be sent before Alertmanager listens.
            "--rules.alert.resend-delay=1s",
        ],
    )
    with contextlib.ExitStack() as stack:
        for command in commands:
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            process = subprocess.Popen(command, preexec_fn=die_with_parent, **quiet)  # type: ignore[call-overload]
            stack.callback(process.wait)
            stack.callback(process.kill)
        yield LiveAlerts(manager)


def _write_config(directory: Path, targets: Mapping[str, Sequence[str]], manager: str) -> Path:
    rules = yaml.safe_load((RULES / "alerts.yml").read_text())
    for rule in (each for group in rules["groups"] for each in group["rules"]):
        rule.pop("for", None)
        if rule["alert"] in ("ShopParked", "ShopsParked"):
            assert PARKED_FOR in rule["expr"]
            rule["expr"] = rule["expr"].replace(PARKED_FOR, "> 0")
    (directory / "alerts.yml").write_text(yaml.safe_dump(rules))
    config = yaml.safe_load((RULES / "prometheus.yml").read_text())
    config["global"].update(scrape_interval="1s", evaluation_interval="1s")
    config["rule_files"] = [str(directory / "alerts.yml"), str(RULES / "recording.yml")]
    config["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [manager]}]}]}
    config["scrape_configs"] = [each for each in config["scrape_configs"] if each["job_name"] in targets]
    for each in config["scrape_configs"]:
        each.pop("dns_sd_configs", None)
        each["static_configs"] = [{"targets": list(targets[each["job_name"]])}]
    path = directory / "prometheus.yml"
    path.write_text(yaml.safe_dump(config))
    return path
