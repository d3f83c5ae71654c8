"""Isolates a job that crashes its workers, so that no other job is blamed (docs/decisions/0013-poison-jobs.md).

A crash affects the worker's running jobs and a buffer of jobs that had not started. After one crash each of them is a
suspect, and Redis records its next start before it runs. A suspect whose start was recorded before a second crash runs
alone among the suspects of this worker. Other jobs incur no extra cost.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

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

    @contextlib.asynccontextmanager
    async def probation(self, shop: HeldShop, job: Job, crashes: int, began: Callable[[], None]) -> AsyncIterator[None]:
        """Enters the body when the suspect may start, after calling `began`. Raises LeaseOver."""
        async with self._isolation if crashes >= CRASHES_TO_ISOLATE else contextlib.nullcontext():
            await self._record_start(shop, job)
            began()
            yield

    async def _record_start(self, shop: HeldShop, job: Job) -> None:
        try:
            await self._state.consumer.start(shop.lease, job.id)
        except FencedError:
            self._state.abandon(shop)
            raise LeaseOver from None
        except REDIS_UNAVAILABLE as error:
            # The lane must be read again before the shop is released, since its reply may be the lost one.
            shop.waiting = max(1, shop.waiting)
            self._state.observer.redis_unavailable(type(error).__name__)
            raise LeaseOver from None
