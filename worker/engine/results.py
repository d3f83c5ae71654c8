"""The results of a job. Waiting (`Snooze`, `Wait`, `StepAside`, `Park`) is no failure; only `Retry` uses an attempt."""

from __future__ import annotations

from dataclasses import dataclass

from authorisation.causes import Cause
from model.immutable import immutable
from model.job import Job
from model.outcome import Outcome
from shop_queue.producer import EnqueueRequest


@immutable
class Done:
    """The job has ended with an outcome, which is appended to the outcomes stream if `publish` is set."""

    outcome: Outcome
    follow_ups: tuple[EnqueueRequest, ...] = ()
    publish: bool = True
    job: Job | None = None
    """The job with all decisions it ran with, which a blocked product keeps; None if it is unchanged."""


@dataclass(frozen=True, slots=True)
class Continue:
    """One step of a longer job is done; the next step runs as `job` after `seconds`."""

    job: Job
    seconds: float = 0.0
    follow_ups: tuple[EnqueueRequest, ...] = ()


@dataclass(frozen=True, slots=True)
class Snooze:
    """The job has to wait for an external condition."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """The product must not be processed yet. The job runs again as `job` after `seconds`."""

    job: Job
    outcome: Outcome | None
    """The `waiting` outcome to publish when the wait begins; None if it was already published."""
    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Retry:
    """The job failed. It runs again after a backoff until its attempts are used up."""

    error: str
    code: str = "transient"
    request_id: str | None = None
    job: Job | None = None
    """The job to store instead of the one that ran; None if it is unchanged."""
    outage: bool = False
    """There was no response or a 5xx. If the circuit breaker finds that the API is down, this uses no attempt."""
    cause: Cause | None = None
    """Why there was no usable response, if `outage` is true and it is known."""


@dataclass(frozen=True, slots=True)
class Park:
    """The whole shop cannot continue. The job is released unchanged and the shop waits."""

    reason: str
    seconds: float | None = None
    """None means until an operator or an event resumes the shop."""


@dataclass(frozen=True, slots=True)
class StepAside:
    """The job must wait for something that does not concern the other jobs of its shop, which run first."""

    reason: str


class StopWorker(Exception):
    """A job that must not be repeated stops the worker with this reason."""


Result = Done | Continue | Snooze | Wait | Retry | StepAside | Park
