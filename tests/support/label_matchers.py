"""The label matchers of alerts, rules, panels and dashboard variables, and the label values that the code can emit.

A selector with a misspelt value never matches, which looks like an alert that does not fire.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args

import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric

from config.metrics.table import METRICS
from gateway.run_metrics import RunProgress, run_families
from model.job import Job, JobKind
from model.outcome import OUTCOME_NAMES, Outcome
from model.shop import Shop
from monitoring.backlog_scan import BacklogScan
from monitoring.fleet import Fleet, ShopStats
from monitoring.fleet_series import backlog_families, fleet_families, parked_families
from monitoring.park_reasons import PARK_LABELS
from monitoring.parked_since import Parked
from record.state import Run
from shop_queue.lane_stats import FleetStats, LaneStats
from tests.support.promql import RULES, dashboards, filled_in, panels, rules
from worker.engine.results import Continue, Done, Park, Result, Retry, Snooze
from worker.metrics import WorkerMetrics, request_result

_SELECTOR = re.compile(r"\b([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^}]*)\}")
_MATCHER = re.compile(r'([a-z_]+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
ANYTHING = ".*"
"""Value of a dashboard variable when `All` is selected."""


@dataclass(frozen=True, slots=True)
class Matcher:
    metric: str
    label: str
    pattern: str
    """One value or one alternative of a regular expression. Negated matchers count: the excluded value must exist."""

    def __str__(self) -> str:
        pattern = self.pattern.replace("\\", "\\\\")
        return f'{self.metric}{{{self.label}=~"{pattern}"}}'


def matchers(expr: str) -> Iterator[Matcher]:
    for metric, inside in _SELECTOR.findall(expr):
        for label, operator, value in _MATCHER.findall(inside):
            for pattern in value.split("|") if "~" in operator else [re.escape(value)]:
                if pattern != ANYTHING:
                    yield Matcher(metric, label, pattern)


def used_matchers() -> set[Matcher]:
    """The matchers of every alert, recording rule, panel and dashboard variable."""
    exprs = [rule["expr"] for file in ("alerts.yml", "recording.yml") for rule in rules(file)]
    exprs += [filled_in(target["expr"]) for _, panel in panels() for target in panel["targets"]]
    for dashboard in dashboards().values():
        exprs += [filled_in(variable["query"]["query"]) for variable in dashboard["templating"]["list"]]
    return {matcher for expr in exprs for matcher in matchers(expr)}


def emitted() -> Mapping[tuple[str, str], set[str]]:
    """(series, label) -> the values the code emits when every event is reported."""
    registry = CollectorRegistry()
    _report_everything(WorkerMetrics(registry))
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for family in itertools.chain(registry.collect(), _fleet()):
        for sample in family.samples:
            for label, value in sample.labels.items():
                found[sample.name, label].add(value)
    for name, label, pattern in FROM_SOURCE:
        found[name, label] |= {value for source in _sources() for value in re.findall(pattern, source)}
    jobs = {each["job_name"] for each in yaml.safe_load((RULES / "prometheus.yml").read_text())["scrape_configs"]}
    for name in {"up", *(name for name, _ in found), *(metric.name for metric in METRICS), *_PROCESS}:
        found[name, "job"] = jobs
    return found


FROM_SOURCE = (
    ("relist_jobs_enqueued_total", "producer", r'LaneProducer\([\w.]+, "(\w+)"\)'),
    ("relist_intake_jobs_total", "result", r'self\._jobs\.labels\("(\w+)"\)'),
    ("relist_shop_problems", "cause", r'Cause\(\s*"(\w+)"'),
    ("relist_trace_spans_total", "result", r'spans\.labels\("(\w+)"'),
)
"""Labels that only a running process sets: series, label, and the expression that sets it."""


def _sources() -> Iterator[str]:
    for room in ("authorisation", "producers", "tracing", "worklist"):
        yield from (file.read_text() for file in (RULES.parents[1] / room).rglob("*.py"))


_PROCESS = ("process_cpu_seconds_total", "process_resident_memory_bytes")


def _report_everything(metrics: WorkerMetrics) -> None:
    results: list[Result] = [Continue(Job("1", "x")), Retry("x"), Park("x"), Snooze(1.0, "x")]
    results += [Done(Outcome(name)) for name in OUTCOME_NAMES]  # type: ignore[arg-type]
    for kind in get_args(JobKind):
        job = Job("1", "x", kind)
        for result in results:
            metrics.job_started(job)
            metrics.job_ended(job, result, 0.1)
        metrics.job_started(job)
        metrics.job_released(job)
    # 12052217 represents every error of a product.
    for code, status in itertools.product((0, 36009002, 36009003, 105002, 12052217), (0, 200, 401, 429, 503)):
        assert request_result(code, status)
        metrics.api_call("get_product", code, status, 0.1, "read")
    metrics.api_call("get_product", 0, 200, 0.1, "read")


def _fleet() -> Iterable[Metric]:
    lane = LaneStats(1, 1, 1, 1, 1.0, 1, "active", {"read": 1.0, "write": 1.0}, {})
    shop = ShopStats(Shop("1", "c", "US", "1"), lane)
    yield from fleet_families(Fleet((shop,), (), FleetStats(1, 1, 1.0, 1)), 1, {"US": 1.0})
    scan = BacklogScan(
        {"attribute_required": 1},
        {"1": (1, 1)},
        {("1", code): 1 for code in ("product_frozen", "under_review")},
        {"jobs": 1},
        1.0,
    )
    yield from backlog_families(scan, frozenset({"1"}))
    yield from run_families([RunProgress(Run("r", datetime(2026, 1, 1, tzinfo=UTC), "relist"), {})])
    for reason in PARK_LABELS:
        yield from parked_families((shop,), {"1": Parked(reason, 1.0, 1.0)}, frozenset({"1"}))


def can_be(matcher: Matcher, values: Mapping[tuple[str, str], Any]) -> bool:
    known = values.get((matcher.metric, matcher.label), ())
    return any(re.fullmatch(matcher.pattern, value) for value in known)
