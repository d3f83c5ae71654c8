"""A span, and its encoding in OTLP's protobuf format.

Written by hand, because a product takes only two milliseconds of CPU time, of which its spans must use little: the
SDK's spans cost thirty times as much (docs/decisions/0026-traces.md). The tests decode the result with OpenTelemetry's
own classes. Field numbers:
https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache

Value = str | int
_TIMES = struct.Struct("<BQBQ")
_STARTED, _ENDED = 0x39, 0x41
"""Tags of the fields 7 and 8, which are fixed64."""
_INT64 = 1 << 64
_STATUS_ERROR = b"\x18\x02"


class Kind(IntEnum):
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


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
    about: bytes = b""
    """Attributes that are encoded already; see `tracing/jobs.py`."""
    attributes: dict[str, Value] = field(default_factory=dict)
    error: str | None = None
    """The message of a failure; None = no failure."""


def encode_span(span: Span) -> bytes:
    """Returns the message Span."""
    parts = [
        b"\x0a\x10",
        span.trace_id,
        b"\x12\x08",
        span.span_id,
        b"\x22\x08" + span.parent if span.parent else b"",
        _name_and_kind(span.name, span.kind),
        _TIMES.pack(_STARTED, span.started_ns, _ENDED, span.ended_ns),
        span.about,
        *[_attribute(9, name, value) for name, value in span.attributes.items()],
    ]
    if span.error is not None:
        parts.append(_message(15, _text(2, span.error) + _STATUS_ERROR))
    return b"".join(parts)


def encode_call(parent: Span, span_id: bytes, started_ns: int, ended_ns: int, about: bytes) -> bytes:
    """Returns the message Span of a call that succeeded. `about` comes from `about_call`."""
    times = _TIMES.pack(_STARTED, started_ns, _ENDED, ended_ns)
    return b"".join((b"\x0a\x10", parent.trace_id, b"\x12\x08", span_id, b"\x22\x08", parent.span_id, about, times))


@lru_cache(maxsize=1024)
def about_call(name: str, http_status: int, purpose: str) -> bytes:
    """The fields of a call's span that most calls share. Encoded once, because most spans are calls."""
    attributes: dict[str, Value] = {"http.response.status_code": http_status, "relist.purpose": purpose}
    encoded = [_attribute(9, each, value) for each, value in attributes.items()]
    return b"".join([_name_and_kind(name, Kind.CLIENT), *encoded])


@lru_cache(maxsize=4096)
def encode_attributes(*attributes: tuple[str, Value]) -> bytes:
    """Returns attributes of a span that many spans share, encoded once."""
    return b"".join([_attribute(9, name, value) for name, value in attributes])


def encode_identity(name: str, value: str) -> bytes:
    """Returns an attribute of a span that few spans share: it would only displace others from a cache."""
    return _message(9, _name_of_attribute(name) + _message(2, _text(1, value)))


def encode_request(spans: Iterable[bytes], resource: Mapping[str, object], version: str) -> bytes:
    """Returns the message ExportTraceServiceRequest with encoded spans."""
    attributes = b"".join(_attribute(1, name, _value(value)) for name, value in resource.items())
    scope = _message(1, _text(1, "relist") + _text(2, version))
    scope_spans = scope + b"".join([_message(2, span) for span in spans])
    return _message(1, _message(1, attributes) + _message(2, scope_spans))


def _value(value: object) -> Value:
    return value if isinstance(value, int) and not isinstance(value, bool) else str(value)


@lru_cache(maxsize=256)
def _name_and_kind(name: str, kind: Kind) -> bytes:
    return _text(5, name) + bytes((0x30, kind))


@lru_cache(maxsize=64)
def _name_of_attribute(name: str) -> bytes:
    return _text(1, name)


@lru_cache(maxsize=4096)
def _attribute(number: int, name: str, value: Value) -> bytes:
    """A field KeyValue."""
    encoded = b"\x18" + _varint(value % _INT64) if isinstance(value, int) else _text(1, value)
    return _message(number, _text(1, name) + _message(2, encoded))


def _text(number: int, text: str) -> bytes:
    return _message(number, text.encode(errors="replace"))


def _message(number: int, content: bytes) -> bytes:
    """A field whose length precedes its content. `number` is at most 15, so its tag is one byte."""
    return bytes((number << 3 | 2,)) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    if number < 0x80:
        return bytes((number,))
    found = bytearray()
    while number >= 0x80:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)
