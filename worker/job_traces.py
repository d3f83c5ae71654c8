"""Turns the runs of jobs and their calls into spans (docs/how-to/traces.md)."""

from __future__ import annotations

from contextvars import ContextVar

from model.job import Job
from tiktok_shop.call_permits import Purpose
from tracing.jobs import about_job, trace_enqueued, trace_of
from tracing.span import Kind, Span, Value
from tracing.tracer import Tracer
from worker.engine.observer import Observer
from worker.engine.results import Continue, Done, Park, Result, Retry, Snooze, StepAside, Wait


class JobTraces(Observer):
    """Each job runs in a separate task, so the context variable always holds the span of the caller's job."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._running: ContextVar[Span | None] = ContextVar("job_span", default=None)

    def job_started(self, job: Job) -> None:
        self._running.set(None)
        if job.kind == "canary":
            return
        context = trace_of(job)
        if not self._tracer.is_sampled(context):
            return
        about = about_job(job, job.attempts + 1)
        self._running.set(self._tracer.start(job.kind, Kind.CONSUMER, context, about))

    def api_call(self, endpoint: str, code: int, http_status: int, seconds: float, purpose: Purpose) -> None:
        span = self._running.get()
        if span is None:
            return
        if not code and 200 <= http_status < 300:
            self._tracer.record_call(span, endpoint, seconds, http_status, purpose)
            return
        about: dict[str, Value] = {"http.response.status_code": http_status, "relist.purpose": purpose}
        call = self._tracer.child(span, endpoint, seconds, about)
        call.attributes["relist.code"] = code
        call.error = "no response" if not http_status else f"code {code}"
        self._tracer.end(call)

    def job_ended(self, job: Job, result: Result, seconds: float) -> None:
        self._end(result_of(result), error_of(result))
        if job.kind in ("search", "upgrade") and isinstance(result, Continue | Done):
            trace_enqueued(self._tracer, (request.job for request in result.follow_ups))

    def job_released(self, job: Job) -> None:
        self._end({"relist.result": "released"}, None)

    def _end(self, about: dict[str, Value], error: str | None) -> None:
        span = self._running.get()
        if span is None:
            return
        self._running.set(None)
        span.attributes.update(about)
        span.error = error
        self._tracer.end(span)


def result_of(result: Result) -> dict[str, Value]:
    match result:
        case Done(outcome):
            about: dict[str, Value] = {"relist.outcome": outcome.outcome}
            if outcome.reasons:
                about["relist.reasons"] = ",".join(dict.fromkeys(reason.code for reason in outcome.reasons))
            return about
        case Snooze(_, reason) | Wait(_, _, _, reason) | StepAside(reason):
            return {"relist.result": "waits", "relist.reasons": reason}
        case Retry(_, code):
            return {"relist.result": "retried", "relist.reasons": code}
        case Park():
            return {"relist.result": "parked"}
        case _:
            return {"relist.result": "continues"}


def error_of(result: Result) -> str | None:
    if isinstance(result, Retry):
        return result.error
    return "failed" if isinstance(result, Done) and result.outcome.outcome == "failed" else None
