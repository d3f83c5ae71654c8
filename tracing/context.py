"""The trace to which a product's spans belong, derived from its job without any stored state."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b

TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
"""W3C Trace Context, level 1; later versions may append fields."""
TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
SAMPLED = 1


@dataclass(frozen=True, slots=True)
class TraceContext:
    trace_id: bytes
    """16 bytes."""
    parent: bytes
    """The span that contains all spans of this service, 8 bytes."""
    sampled: bool | None
    """The feeder's decision to record the trace; None = the sampler decides."""

    @property
    def has_feeder(self) -> bool:
        """Whether the parent is a span of the feeder. Otherwise this service sends it."""
        return self.sampled is not None


def context_of(shop_id: str, subject: str, run_id: str, given: str) -> TraceContext:
    """Returns the trace of one product in one run. Pure, so that all processes agree without a message.

    `subject` identifies the product in its shop. `given` is the job's `trace_id`: the trace continues there if it is a
    W3C `traceparent`, or has this ID if it is 32 lower-case hexadecimal digits. Any other text only distinguishes
    traces.
    """
    if given and (matched := TRACEPARENT.fullmatch(given)):
        trace_id, parent, flags = matched.groups()
        return TraceContext(bytes.fromhex(trace_id), bytes.fromhex(parent), bool(int(flags, 16) & SAMPLED))
    digest = blake2b("\0".join((shop_id, subject, run_id, given)).encode(), digest_size=24).digest()
    trace_id = bytes.fromhex(given) if given and TRACE_ID.fullmatch(given) else digest[:16]
    return TraceContext(trace_id, digest[16:], None)
