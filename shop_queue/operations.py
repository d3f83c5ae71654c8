"""The operations of a commit: how each in-flight job ends, in the format of lua/commit.lua."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from model.job import Job, audited_product
from shop_queue.enqueue_request import EnqueueRequest
from shop_queue.leases import Lease


@dataclass(frozen=True, slots=True)
class Complete:
    """Ends the job. `record` is published (None = not published); `blocked` keeps it for the worklist."""

    job_id: str
    outcome: str
    record: dict[str, Any] | None = None
    blocked: bool = False
    follow_ups: tuple[EnqueueRequest, ...] = ()
    context: Mapping[str, Any] | None = None
    """Kept with a blocked product in addition to its record (model/blocked_product.py)."""


@dataclass(frozen=True, slots=True)
class Requeue:
    """Requeues the job in its current form: a retry, a wait, or the next step of a long job."""

    job: Job
    delay_seconds: float = 0.0
    """0 = immediately, at the head of the lane."""
    follow_ups: tuple[EnqueueRequest, ...] = ()
    to_tail: bool = False
    """Places the job behind all waiting jobs, instead of delaying it."""
    keeps_priority: bool = False
    """With `to_tail`: an urgent job goes behind the urgent ones only."""
    outcome: str = ""
    """A non-final outcome, to be counted."""
    record: dict[str, Any] | None = None
    """Its record, to be published; None = publish nothing."""
    waits: bool = False
    """The product cannot be edited yet, and nobody has to act."""


@dataclass(frozen=True, slots=True)
class Release:
    """Returns a claimed job that was not started to the head of the lane."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Defer:
    """Requeues, unchanged, a job that this release cannot read: during an upgrade, a newer worker may read it.

    After `most` such returns the job ends with `otherwise`, so that it does not wait forever.
    """

    otherwise: Complete
    delay_seconds: float = 60.0
    most: int = 30


Operation = Complete | Requeue | Release | Defer


@dataclass(slots=True)
class Commit:
    lease: Lease
    operations: Sequence[Operation]
    pace: dict[str, Any] | None = field(default=None)
    number: int = 0
    """Number of the commit under this lease, from 1. Repeating a number changes nothing, so a commit whose reply was
    lost can be sent again. Commits without a number (0) are not protected; the engine never sends one."""


def operation_arguments(operations: Sequence[Operation]) -> list[bytes | str | int]:
    """The script arguments of the operations, in order."""
    arguments: list[bytes | str | int] = []
    for operation in operations:
        match operation:
            case Complete(job_id, follow_ups=follow_ups):
                arguments += ["complete", job_id, *_ending(operation), len(follow_ups)]
            case Defer(otherwise, delay, most):
                arguments += ["defer", otherwise.job_id, int(delay * 1000), most, *_ending(otherwise), 0]
                follow_ups = ()
            case Requeue(job, delay, follow_ups, outcome=outcome, record=record, waits=waits):
                text = orjson.dumps(record) if record is not None else b""
                milliseconds = _tail(operation) if operation.to_tail else int(delay * 1000)
                arguments += ["requeue", job.id, job.dump(), milliseconds, outcome, text, int(waits), len(follow_ups)]
            case Release(job_id):
                arguments += ["release", job_id]
                follow_ups = ()
        for request in follow_ups:
            arguments.extend(request.arguments())
    return arguments


def _tail(operation: Requeue) -> int:
    return -2 if operation.keeps_priority and operation.job.priority == "urgent" else -1


def _ending(operation: Complete) -> tuple[bytes | str, ...]:
    """Outcome, record, blocked record, audited product; the records may be empty."""
    record, context = operation.record, operation.context
    text = orjson.dumps(record) if record is not None else b""
    kept = orjson.dumps({**record, **context}) if record is not None and context else text
    return operation.outcome, text, kept if operation.blocked else b"", audited_product(operation.job_id)
