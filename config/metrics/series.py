"""Registers the metrics of the table in a process's registry."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client import Metric as CollectedMetric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from config.logging.output import lost_lines
from config.metrics.table import BY_NAME, Metric, MetricKind

LabelValues = TypeVar("LabelValues", bound=Sequence[str])


class MetricSeries:
    """Creates metrics by name. Raises KeyError if a name is not in the table, ValueError if its kind differs."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def counter(self, name: str) -> Counter:
        metric = _metric(name, "counter")
        return Counter(name, metric.help, metric.labels, registry=self._registry)

    def gauge(self, name: str) -> Gauge:
        metric = _metric(name, "gauge")
        return Gauge(name, metric.help, metric.labels, registry=self._registry)

    def histogram(self, name: str) -> Histogram:
        metric = _metric(name, "histogram")
        return Histogram(name, metric.help, metric.labels, buckets=metric.buckets, registry=self._registry)


def family(name: str, values: Mapping[LabelValues, float]) -> CounterMetricFamily | GaugeMetricFamily:
    """Return one collected metric. `values` maps label values, in the table's order, to numbers."""
    metric = BY_NAME[name]
    made: CounterMetricFamily | GaugeMetricFamily
    if metric.kind == "counter":
        made = CounterMetricFamily(name, metric.help, labels=metric.labels)
    else:
        made = GaugeMetricFamily(name, metric.help, labels=metric.labels)
    for labels, value in values.items():
        made.add_metric(labels, value)
    return made


def process_series(registry: CollectorRegistry) -> None:
    """Register the series every process exports: CPU, memory, open files, tasks and the build.

    Disables the `_created` series, which nothing uses and which would be a third of all series.
    """
    disable_created_metrics()  # type: ignore[no-untyped-call]
    ProcessCollector(registry=registry)
    commit = os.environ.get("RELIST_COMMIT", "unknown")
    series = MetricSeries(registry)
    series.gauge("relist_build_info").labels(version("tiktok-relist"), commit).set(1)
    series.gauge("relist_event_loop_tasks").set_function(_tasks)
    registry.register(_LostLogLines())


class _LostLogLines(Collector):
    def collect(self) -> Iterable[CollectedMetric]:
        yield family("relist_log_lines_lost_total", {(): lost_lines()})


def _tasks() -> float:
    """Return the number of tasks of the event loop that serves the scrape."""
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:
        return 0.0


def _metric(name: str, kind: MetricKind) -> Metric:
    metric = BY_NAME[name]
    if metric.kind != kind:
        raise ValueError(f"{name} is a {metric.kind}, not a {kind}")
    return metric
