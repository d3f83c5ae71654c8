"""Decides whether a process sends traces. Imports OpenTelemetry only if it does."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from config.metrics.series import MetricSeries
from config.settings import SettingsError
from tracing.variables import destination, is_on

if TYPE_CHECKING:
    from tracing.exporter import SpanExporter
    from tracing.tracer import Tracer


@dataclass(frozen=True, slots=True)
class Tracing:
    """Run `exporter.run` in a task, and await `exporter.close` before the process ends."""

    tracer: Tracer
    exporter: SpanExporter


def start_tracing(
    service: str, registry: CollectorRegistry, environment: Mapping[str, str] = os.environ
) -> Tracing | None:
    """Returns None if traces are off. Raises SettingsError for a wrong variable, or if the extra `otel` is missing."""
    spans = MetricSeries(registry).counter("relist_trace_spans_total")
    if not is_on(environment):
        return None
    target = destination(environment)
    try:
        from tracing.exporter import SpanExporter
        from tracing.tracer import Tracer, provider_of, resource_of
    except ModuleNotFoundError as missing:
        fix = "pip install 'tiktok-relist[otel]', or unset OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_TRACES_EXPORTER"
        raise SettingsError(f"traces need the extra `otel` ({missing.name} is missing): {fix}") from None
    provider = provider_of(service)
    exporter = SpanExporter(target, resource_of(provider), spans)
    return Tracing(Tracer(exporter.add, provider), exporter)
