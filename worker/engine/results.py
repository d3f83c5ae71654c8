"""How a job may end. Waiting (`Snooze`, `Park`) is no failure and costs no attempt; only `Retry` does."""

from __future__ import annotations

from dataclasses import dataclass

from model.job import Job
from model.outcome import Outcome
from shop_queue.producer import EnqueueRequest


@dataclass(frozen=True, slots=True)
class Done:
    """Over, with one outcome for the books; `publish` says whether other systems are told."""

    outcome: Outcome
    follow_ups: tuple[EnqueueRequest, ...] = ()
    publish: bool = True


@dataclass(frozen=True, slots=True)
class Continue:
    """One step of a longer job is done; the job goes on as `job` after `seconds`."""

    job: Job
    seconds: float = 0.0
    follow_ups: tuple[EnqueueRequest, ...] = ()


@dataclass(frozen=True, slots=True)
class Snooze:
    """The job must wait, through no fault of its own."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Retry:
    """A real failure: counts as an attempt and comes back after a backoff, until the attempts are used up."""

    error: str
    code: str = "transient"
    request_id: str | None = None
    outage: bool = False
    """No answer came, or a 5xx: when job after job meets that the API is down, and no attempt is counted."""


@dataclass(frozen=True, slots=True)
class Park:
    """The whole shop can not go on: the job goes back untouched and the shop waits."""

    reason: str
    seconds: float | None = None
    """None = until a person or an event ends it."""


Result = Done | Continue | Snooze | Retry | Park
