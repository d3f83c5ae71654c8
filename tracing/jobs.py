"""The trace of a job, and the attributes of its spans."""

from __future__ import annotations

from collections.abc import Iterable

from model.job import Job
from tracing.context import TraceContext, context_of
from tracing.span import Value, encode_attributes, encode_identity
from tracing.tracer import Tracer


def trace_of(job: Job) -> TraceContext:
    """The audit of an edit has the trace of the edit."""
    return context_of(job.shop_id, job.product_id or job.id, job.run_id, job.trace_id)


def about_job(job: Job, attempt: int = 0) -> bytes:
    """Returns the encoded attributes of a job's span. All products of a run share most of them."""
    shared: tuple[tuple[str, Value], ...] = (("relist.shop_id", job.shop_id), ("relist.kind", job.kind))
    if job.run_id:
        shared += (("relist.run_id", job.run_id),)
    if attempt:
        shared += (("relist.attempt", attempt),)
    product_id = job.product_id
    own = encode_identity("relist.product_id", product_id) if product_id else encode_identity("relist.job_id", job.id)
    return encode_attributes(*shared) + own


def trace_enqueued(tracer: Tracer, jobs: Iterable[Job]) -> None:
    """Sends the span with which each job's trace begins in this service."""
    for job in jobs:
        tracer.enqueued(trace_of(job), about_job(job))
