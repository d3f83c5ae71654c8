"""Turns the result of a job into the operation that commits it. Pure, apart from the jitter."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from model.blocked_product import context_of
from model.job import Job
from model.job_state import stored_state
from model.outcome import Outcome, Reason
from shop_queue.consumer import Complete, Operation, Release, Requeue
from shop_queue.producer import EnqueueRequest
from worker.engine.results import Continue, Done, Park, Result, Retry, Snooze, StepAside, Wait

BLOCKING_OUTCOMES = frozenset({"needs_input", "rejected", "failed"})
FIRST_BACKOFF, MAX_BACKOFF = 1.0, 300.0
"""Seconds."""
KEPT_ERRORS = 10


def backoff_seconds(attempts: int) -> float:
    """Exponential backoff with jitter between 50 % and 100 %."""
    whole: float = min(MAX_BACKOFF, FIRST_BACKOFF * 2.0 ** (attempts - 1))
    return whole * random.uniform(0.5, 1.0)


def attempt_line(at: datetime, code: str, message: str) -> str:
    """The text of a failed attempt in the job's history and in the warnings of a failed product."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} [{code}] {message}"


def to_commit_operation(
    job: Job, result: Result, max_attempts: int, at: datetime, *, is_product: bool = True, to_tail: bool = False
) -> Operation:
    """`at` is the Redis server's time. With `to_tail`, a retry is placed behind all waiting jobs, whatever its
    backoff.
    """
    match result:
        case Done(outcome, follow_ups, publish, decided):
            return complete(decided or job, outcome, at, follow_ups=follow_ups, publish=publish, is_product=is_product)
        case Continue(next_job, seconds, follow_ups):
            return Requeue(next_job, seconds, follow_ups)
        case Snooze(seconds):
            return Requeue(job, seconds, waits=_waits(job))
        case Wait(next_job, outcome, seconds):
            record = _record(next_job, outcome, at) if outcome else None
            return Requeue(next_job, seconds, outcome=outcome.outcome if outcome else "", record=record, waits=True)
        case StepAside():
            return Requeue(job, to_tail=True, keeps_priority=True, waits=_waits(job))
        case Park():
            return Release(job.id)
        case Retry(error, code, request_id):
            attempts = job.attempts + 1
            errors = (*job.errors, attempt_line(at, code, error))[-KEPT_ERRORS:]
            if attempts < max_attempts:
                retry, backoff = replace(result.job or job, attempts=attempts, errors=errors), backoff_seconds(attempts)
                return requeue_at_tail(retry, at, backoff) if to_tail else Requeue(retry, backoff, waits=_waits(retry))
            message = f"{error} (attempt {attempts} of {max_attempts})"
            reason = Reason(code=code, message=message, actor="platform")
            outcome = Outcome("failed", request_id=request_id, reasons=(reason,), warnings=errors)
            return complete(result.job or job, outcome, at, is_product=is_product)


def complete(
    job: Job,
    outcome: Outcome,
    at: datetime,
    *,
    follow_ups: tuple[EnqueueRequest, ...] = (),
    publish: bool = True,
    is_product: bool = True,
) -> Complete:
    record = _record(job, outcome, at)
    blocked = is_product and outcome.outcome in BLOCKING_OUTCOMES
    return Complete(
        job.id,
        outcome.outcome,
        record if publish or outcome.outcome == "failed" else None,
        blocked=blocked,
        follow_ups=follow_ups,
        context=context_of(job, outcome) if blocked else None,
    )


def requeue_at_tail(job: Job, at: datetime, backoff: float) -> Requeue:
    """Requeues the job behind the waiting jobs. It runs when it is claimed again, but not before its backoff ends."""
    state = stored_state(job.kind, job.state)
    retry_at = int((at.timestamp() + backoff) * 1000)
    return Requeue(replace(job, state=replace(state, retry_at=retry_at)), to_tail=True)


def _waits(job: Job) -> bool:
    """Whether the last look found that the product cannot be edited yet."""
    return job.state is not None and bool(stored_state(job.kind, job.state).waiting_since)


def _record(job: Job, outcome: Outcome, at: datetime) -> dict[str, Any]:
    return outcome.record(
        shop_id=job.shop_id,
        product_id=job.product_id or job.external_id,
        run_id=job.run_id,
        trace_id=job.trace_id,
        kind=job.kind,
        attempts=job.attempts + 1,
        at=at,
    )
