"""OpenTelemetry's own classes read what we encode."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Decoded
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from tests.support.trace_receiver import attributes_of
from tracing.span import Kind, Span, encode_request, encode_span

texts = some.text(alphabet=some.characters(exclude_categories=["Cs"]), max_size=300)
numbers = some.integers(-(2**63), 2**63 - 1)
spans = some.builds(
    Span,
    name=texts,
    kind=some.sampled_from(Kind),
    trace_id=some.binary(min_size=16, max_size=16),
    span_id=some.binary(min_size=8, max_size=8),
    parent=some.sampled_from([b"", b"\x01" * 8]),
    started_ns=some.integers(1, 2**63),
    ended_ns=some.integers(1, 2**63),
    attributes=some.dictionaries(texts, texts | numbers, max_size=5),
    error=some.none() | texts,
)


@given(spans)
def test_span_is_decoded_as_it_was(span: Span) -> None:
    decoded = Decoded.FromString(encode_span(span))
    assert (decoded.trace_id, decoded.span_id, decoded.parent_span_id) == (span.trace_id, span.span_id, span.parent)
    assert (decoded.name, decoded.kind) == (span.name, span.kind)
    assert (decoded.start_time_unix_nano, decoded.end_time_unix_nano) == (span.started_ns, span.ended_ns)
    assert attributes_of(decoded) == span.attributes
    failed = span.error is not None
    assert decoded.status.code == (Status.STATUS_CODE_ERROR if failed else Status.STATUS_CODE_UNSET)
    assert decoded.status.message == (span.error or "")


@given(some.lists(spans, max_size=5))
def test_request_holds_every_span_with_its_resource(several: list[Span]) -> None:
    body = encode_request([encode_span(each) for each in several], {"service.name": "s", "n": 5, "b": True}, "0.2")
    (resource_spans,) = ExportTraceServiceRequest.FromString(body).resource_spans
    assert attributes_of(resource_spans.resource) == {"service.name": "s", "n": 5, "b": "True"}
    (scope_spans,) = resource_spans.scope_spans
    assert (scope_spans.scope.name, scope_spans.scope.version) == ("relist", "0.2")
    assert [each.span_id for each in scope_spans.spans] == [each.span_id for each in several]


def test_lone_surrogate_is_replaced() -> None:
    span = Span("x", Kind.CLIENT, b"1" * 16, b"2" * 8, b"", 1, 2, attributes={"a": "\ud800"})
    assert attributes_of(Decoded.FromString(encode_span(span))) == {"a": "?"}
