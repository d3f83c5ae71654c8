"""A span, and its encoding as OTLP with the library's message classes.

The SDK's own spans cost five times as much CPU (docs/decisions/0026-traces.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Status
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage

Value = str | int


class Kind(IntEnum):
    CLIENT = SpanMessage.SPAN_KIND_CLIENT
    PRODUCER = SpanMessage.SPAN_KIND_PRODUCER
    CONSUMER = SpanMessage.SPAN_KIND_CONSUMER


@dataclass(slots=True)
class Span:
    name: str
    kind: Kind
    trace_id: bytes
    span_id: bytes
    parent: bytes
    """Empty for a root."""
    started_ns: int
    ended_ns: int = 0
    attributes: dict[str, Value] = field(default_factory=dict)
    error: str | None = None
    """The message of a failure; None = no failure."""


def encode_span(span: Span) -> bytes:
    """Returns the serialised message. Attributes are appended encoded, which merges them into the message."""
    message = SpanMessage(
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=span.parent,
        name=span.name,
        kind=int(span.kind),  # type: ignore[arg-type]
        start_time_unix_nano=span.started_ns,
        end_time_unix_nano=span.ended_ns,
    )
    if span.error is not None:
        message.status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR, message=span.error))
    head: bytes = message.SerializeToString()
    return head + b"".join([_attribute(*each) for each in span.attributes.items()])


@lru_cache(maxsize=4096)
def _attribute(name: str, value: Value) -> bytes:
    encoded: bytes = SpanMessage(attributes=[_key_value(name, value)]).SerializeToString()
    return encoded


def _key_value(name: str, value: object) -> KeyValue:
    if isinstance(value, bool):
        return KeyValue(key=name, value=AnyValue(bool_value=value))
    if isinstance(value, int):
        return KeyValue(key=name, value=AnyValue(int_value=value))
    return KeyValue(key=name, value=AnyValue(string_value=str(value)))


def encode_request(spans: Iterable[bytes], resource: Mapping[str, object], version: str) -> bytes:
    """Returns the body of an export request. `spans` are encoded."""
    scope = ScopeSpans(
        scope=InstrumentationScope(name="relist", version=version),
        spans=[SpanMessage.FromString(each) for each in spans],
    )
    attributes = [_key_value(name, value) for name, value in resource.items()]
    resource_spans = ResourceSpans(resource=Resource(attributes=attributes), scope_spans=[scope])
    body: bytes = ExportTraceServiceRequest(resource_spans=[resource_spans]).SerializeToString()
    return body
