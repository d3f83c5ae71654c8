"""Isolates a job that crashes its workers, so that no other job is blamed (docs/decisions/0013-poison-jobs.md).

A crash affects the worker's running jobs and a buffer of jobs that had not started. After one crash each of them is a
suspect, and Redis records its next start before it runs. A suspect whose start was recorded before a second crash runs
alone among the suspects of this worker. Other jobs incur no extra cost.

The successor of a dead worker starts many suspects, so the starts of one turn of the event loop share a round trip.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

from model.job import Job
from redis_client.connect import REDIS_UNAVAILABLE
from shop_queue.consumer import FencedError
from worker.engine.call_permits import LeaseOver
from worker.engine.held_shop import HeldShop
from worker.engine.state import EngineState

CRASHES_TO_ISOLATE = 2


class PoisonJobGuard:
    def __init__(self, state: EngineState) -> None:
        self._state = state
        self._isolation = asyncio.Lock()
        self._starting: dict[HeldShop, dict[str, asyncio.Future[Exception | None]]] = {}
        """Suspects whose start is to be recorded: shop -> job id -> the error of the record, if any."""
        self._recording: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def probation(self, shop: HeldShop, job: Job, crashes: int, began: Callable[[], None]) -> AsyncIterator[None]:
        """Enters the body when the suspect may start, after calling `began`. Raises LeaseOver."""
        async with self._isolation if crashes >= CRASHES_TO_ISOLATE else contextlib.nullcontext():
            await self._record_start(shop, job)
            began()
            yield

    async def _record_start(self, shop: HeldShop, job: Job) -> None:
        recorded = asyncio.get_running_loop().create_future()
        self._starting.setdefault(shop, {})[job.id] = recorded
        if self._recording is None:
            self._recording = asyncio.create_task(self._record_starts())
        error = await recorded
        if error is None:
            return
        if isinstance(error, FencedError):
            self._state.abandon(shop)
        elif isinstance(error, REDIS_UNAVAILABLE):
            # The lane must be read again before the shop is released, since its reply may be the lost one.
            shop.waiting = max(1, shop.waiting)
            self._state.observer.redis_unavailable(type(error).__name__)
        else:
            raise error
        raise LeaseOver

    async def _record_starts(self) -> None:
        while self._starting:
            starting, self._starting = self._starting, {}
            errors: Sequence[Exception | None]
            try:
                errors = await self._state.consumer.start([(shop.lease, list(jobs)) for shop, jobs in starting.items()])
            except Exception as problem:  # the callers receive it
                errors = [problem] * len(starting)
            for jobs, error in zip(starting.values(), errors, strict=True):
                for recorded in jobs.values():
                    if not recorded.done():  # the job was cancelled meanwhile
                        recorded.set_result(error)
        self._recording = None
