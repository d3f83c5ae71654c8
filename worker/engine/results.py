"""The results of a job. Waiting (`Snooze`, `Wait`, `Park`) is not a failure and costs no attempt; only `Retry` does."""

from __future__ import annotations

from dataclasses import dataclass

from model.job import Job
from model.outcome import Outcome
from shop_queue.producer import EnqueueRequest


@dataclass(frozen=True, slots=True)
class Done:
    """The job has ended with one outcome; `publish` = append it to the outcomes stream."""

    outcome: Outcome
    follow_ups: tuple[EnqueueRequest, ...] = ()
    publish: bool = True


@dataclass(frozen=True, slots=True)
class Continue:
    """One step of a longer job is done; the next step runs as `job` after `seconds`."""

    job: Job
    seconds: float = 0.0
    follow_ups: tuple[EnqueueRequest, ...] = ()


@dataclass(frozen=True, slots=True)
class Snooze:
    """The job has to wait for something other than itself."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """The product must not be worked on yet. The job looks again as `job` after `seconds`."""

    job: Job
    outcome: Outcome | None
    """The `waiting` outcome to publish when the wait begins; None = it was published before."""
    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Retry:
    """A failure: counts as an attempt, and runs again after a backoff until the attempts are used up."""

    error: str
    code: str = "transient"
    request_id: str | None = None
    job: Job | None = None
    """The job to store instead of the one that ran; None = unchanged."""
    outage: bool = False
    """No answer or a 5xx. The circuit breaker decides whether the API is down, which costs no attempt."""


@dataclass(frozen=True, slots=True)
class Park:
    """The whole shop cannot go on: the job is released unchanged and the shop waits."""

    reason: str
    seconds: float | None = None
    """None = until an operator or an event resumes the shop."""


class StopWorker(Exception):
    """Raised by a job that must not be repeated: the worker stops, with this reason."""


Result = Done | Continue | Snooze | Wait | Retry | Park
