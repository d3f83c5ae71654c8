"""Starts the spans of products and passes ended ones to the exporter."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import DEFAULT_ON, Decision

from tracing.context import TraceContext
from tracing.span import Kind, Span, Value, about_call, encode_call, encode_span


@dataclass(slots=True)
class Tracer:
    """`send` receives encoded spans. The SDK reads `OTEL_TRACES_SAMPLER`, `OTEL_SERVICE_NAME` and
    `OTEL_RESOURCE_ATTRIBUTES`."""

    send: Callable[[bytes], None]
    provider: TracerProvider
    clock_ns: Callable[[], int] = time.time_ns
    _random: random.Random = field(default_factory=random.Random)

    def is_sampled(self, context: TraceContext) -> bool:
        """The same for all spans of a trace, in every process: it depends on the trace ID and the feeder's flag."""
        sampler = self.provider.sampler
        if sampler is DEFAULT_ON:
            return context.sampled is not False  # decides like the sampler, at a tenth of the cost
        parent = None
        if context.sampled is not None:
            remote = trace.SpanContext(
                int.from_bytes(context.trace_id),
                int.from_bytes(context.parent),
                is_remote=True,
                trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED if context.sampled else 0),
            )
            parent = trace.set_span_in_context(trace.NonRecordingSpan(remote))
        result = sampler.should_sample(parent, int.from_bytes(context.trace_id), "relist")
        return result.decision is Decision.RECORD_AND_SAMPLE

    def start(self, name: str, kind: Kind, context: TraceContext, about: bytes) -> Span:
        return Span(name, kind, context.trace_id, self._span_id(), context.parent, self.clock_ns(), 0, about)

    def child(self, of: Span, name: str, seconds: float, attributes: dict[str, Value]) -> Span:
        """Returns a span that ends now and began `seconds` ago."""
        now = self.clock_ns()
        began = now - int(seconds * 1e9)
        return Span(name, Kind.CLIENT, of.trace_id, self._span_id(), of.span_id, began, now, b"", attributes)

    def record_call(self, of: Span, endpoint: str, seconds: float, http_status: int, purpose: str) -> None:
        """Sends the span of a call that succeeded now and began `seconds` ago."""
        now = self.clock_ns()
        about = about_call(endpoint, http_status, purpose)
        self.send(encode_call(of, self._span_id(), now - int(seconds * 1e9), now, about))

    def end(self, span: Span) -> None:
        span.ended_ns = span.ended_ns or self.clock_ns()
        self.send(encode_span(span))

    def enqueued(self, context: TraceContext, about: bytes) -> None:
        """Sends the span that begins the trace in this service: its root, unless the feeder has one."""
        if not self.is_sampled(context):
            return
        now = self.clock_ns()
        own, parent = (self._span_id(), context.parent) if context.has_feeder else (context.parent, b"")
        self.end(Span("enqueue", Kind.PRODUCER, context.trace_id, own, parent, now, now, about))

    def _span_id(self) -> bytes:
        return self._random.getrandbits(64).to_bytes(8)


def provider_of(service: str) -> TracerProvider:
    """The sampler and the resource of the standard variables. `service` is the name unless a variable sets it."""
    detected = Resource.create()
    named = str(detected.attributes.get("service.name", ""))
    if named.startswith("unknown_service"):
        detected = detected.merge(Resource({"service.name": service}))
    return TracerProvider(resource=detected, shutdown_on_exit=False)


def resource_of(provider: TracerProvider) -> Mapping[str, object]:
    return dict(provider.resource.attributes)
