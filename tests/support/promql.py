"""The queries of dashboards and rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from config.metrics.table import METRICS

ROOT = Path(__file__).parents[2]
RULES = ROOT / "config" / "prometheus"
DASHBOARDS = ROOT / "config" / "grafana" / "dashboards"
FROM_PROMETHEUS = frozenset({"up", "process_cpu_seconds_total", "process_resident_memory_bytes"})
_STRING = re.compile(r'"[^"]*"')
_NAME = re.compile(r"\b(?:relist[_:][a-zA-Z0-9_:]+|process_[a-z_]+|up)\b")


def metric_names(expr: str) -> set[str]:
    return set(_NAME.findall(_STRING.sub('""', expr)))


def known_names() -> set[str]:
    """Series that Prometheus may hold: those of the metric table, and recorded ones."""
    names = set(FROM_PROMETHEUS)
    for metric in METRICS:
        suffixes = ("_bucket", "_sum", "_count") if metric.kind == "histogram" else ("",)
        names |= {metric.name + suffix for suffix in suffixes}
    return names | {rule["record"] for rule in rules("recording.yml")}


def rules(file: str) -> list[dict[str, Any]]:
    groups = yaml.safe_load((RULES / file).read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboards() -> dict[str, dict[str, Any]]:
    return {path.name: json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json"))}


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each panel with queries, and its name."""
    for dashboard in dashboards().values():
        for panel in dashboard["panels"]:
            if panel["type"] != "row":
                yield f"{dashboard['uid']}: {panel['title']}", panel


def filled_in(expr: str) -> str:
    """The query as Grafana sends it when `All` is selected."""
    expr = expr.replace("$__rate_interval", "10s").replace("$__range", "1m")
    return re.sub(r"\$(region|shop)\b", ".*", expr)
