"""The trace of a job, and the attributes of its spans."""

from __future__ import annotations

from collections.abc import Iterable

from model.job import Job
from tracing.context import TraceContext, context_of
from tracing.span import Value
from tracing.tracer import Tracer


def trace_of(job: Job) -> TraceContext:
    """The audit of an edit has the trace of the edit."""
    return context_of(job.shop_id, job.product_id or job.id, job.run_id, job.trace_id)


def about_job(job: Job) -> dict[str, Value]:
    about: dict[str, Value] = {"relist.shop_id": job.shop_id, "relist.kind": job.kind}
    if product_id := job.product_id:
        about["relist.product_id"] = product_id
    else:
        about["relist.job_id"] = job.id
    if job.run_id:
        about["relist.run_id"] = job.run_id
    return about


def trace_enqueued(tracer: Tracer, jobs: Iterable[Job]) -> None:
    """Sends the span with which each job's trace begins in this service."""
    for job in jobs:
        tracer.enqueued(trace_of(job), about_job(job))
