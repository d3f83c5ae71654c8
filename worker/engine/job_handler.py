"""What the engine must know of a kind of job to run it."""

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
    """The endpoint class of the job's first call; None = it needs no call, so it starts whatever the pace."""
    writes: bool = False
    """Whether most of its jobs go on to a write, which is then kept room for."""
    timeout_seconds: float = 120.0
    is_product: bool = True
    """Whether its end is an outcome of a product that other systems and the worklist are told of."""
