"""Spans reach a collector over HTTP; one that fails costs spans, never work."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from prometheus_client import CollectorRegistry

from model.job import Job
from tests.support.trace_receiver import Collector, attributes_of
from tracing.jobs import trace_enqueued, trace_of
from tracing.start import Tracing, start_tracing


@contextlib.asynccontextmanager
async def exporting(registry: CollectorRegistry, url: str, **variables: str) -> AsyncIterator[Tracing]:
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": "20", **variables}
    tracing = start_tracing("relist-worker", registry, environment)
    assert tracing is not None
    sending = asyncio.create_task(tracing.exporter.run())
    try:
        yield tracing
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await tracing.exporter.close()


def counted(registry: CollectorRegistry, result: str) -> float:
    return registry.get_sample_value("relist_trace_spans_total", {"result": result}) or 0


@pytest.mark.parametrize("compression", ["none", "gzip"])
async def test_spans_arrive_with_resource_and_headers(compression: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test")
    registry, job = CollectorRegistry(), Job("7", "1729", run_id="spring")
    more = {"OTEL_EXPORTER_OTLP_HEADERS": "x-key=k", "OTEL_EXPORTER_OTLP_COMPRESSION": compression}
    async with Collector() as collector, exporting(registry, collector.url, **more) as tracing:
        trace_enqueued(tracing.tracer, [job])
        await collector.until(lambda: bool(collector.spans))
        (span,), (resource,), (headers,) = collector.spans, collector.resources, collector.headers
        assert (span.name, span.trace_id, span.parent_span_id) == ("enqueue", trace_of(job).trace_id, b"")
        assert attributes_of(span)["relist.product_id"] == "1729"
        assert resource["service.name"] == "relist-worker"
        assert resource["deployment.environment"] == "test"
        assert headers["x-key"] == "k"


async def test_refused_spans_are_repeated_only_if_the_protocol_permits() -> None:
    registry = CollectorRegistry()
    async with Collector() as collector:
        async with exporting(registry, collector.url) as tracing:
            collector.answers = [400]
            trace_enqueued(tracing.tracer, [Job("7", "1")])
            await collector.until(lambda: len(collector.headers) == 1)
            collector.answers = [503]
            trace_enqueued(tracing.tracer, [Job("7", "2")])
            await collector.until(lambda: len(collector.spans) == 1)
        assert {attributes_of(span)["relist.product_id"] for span in collector.spans} == {"2"}
    assert (counted(registry, "sent"), counted(registry, "dropped")) == (1, 1)


async def test_queue_is_bounded_and_the_rest_is_sent_at_the_end() -> None:
    registry = CollectorRegistry()
    more = {"OTEL_BSP_MAX_QUEUE_SIZE": "3", "OTEL_BSP_SCHEDULE_DELAY": "60000"}
    async with Collector() as collector:
        async with exporting(registry, collector.url, **more) as tracing:
            trace_enqueued(tracing.tracer, [Job("7", str(number)) for number in range(5)])
        assert len(collector.spans) == 3
    assert (counted(registry, "sent"), counted(registry, "dropped")) == (3, 2)


async def test_sampler_of_the_standard_variables_and_the_feeder_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0")
    wanted = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    async with Collector() as collector:
        async with exporting(CollectorRegistry(), collector.url) as tracing:
            jobs = [Job("7", "1"), Job("7", "2", trace_id=wanted), Job("7", "3", trace_id=wanted[:-1] + "0")]
            trace_enqueued(tracing.tracer, jobs)
        (span,) = collector.spans
        assert attributes_of(span)["relist.product_id"] == "2"
        assert span.parent_span_id.hex() == "00f067aa0ba902b7"
