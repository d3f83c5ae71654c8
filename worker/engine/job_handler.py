"""The properties of a job kind that the engine needs to run it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from model.job import Job
from worker.engine.call_permits import Access, JobPermits
from worker.engine.results import Result

JobFunction = Callable[[Job, JobPermits], Awaitable[Result]]


def _reads(_: Job) -> Access | None:
    return "read"


@dataclass(frozen=True, slots=True)
class JobHandler:
    run: JobFunction
    first_access: Callable[[Job], Access | None] = _reads
    """The endpoint class whose permit is reserved before the job starts; None if it makes no call.

    A job that reads and then writes starts with the write permit, so that nothing delays the write after the read. An
    unused permit is returned."""
    timeout_seconds: float = 120.0
    is_product: bool = True
    """Whether the job is about one product, whose outcome is published and may enter the worklist."""
