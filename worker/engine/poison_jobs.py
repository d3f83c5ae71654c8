"""Finds out which job kills its workers, and blames no other (docs/decisions/0013-poison-jobs.md).

A worker that dies takes along whatever it ran and a buffer of jobs that had not begun. After one death each of them is
a suspect and from then on tells Redis before it starts; a suspect that had started at another death runs beside no
other such job of this worker. All others cost nothing.
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

ALONE_AFTER = 2
"""Deaths."""


class PoisonJobGuard:
    def __init__(self, state: EngineState) -> None:
        self._state = state
        self._turn = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def trial(self, shop: HeldShop, job: Job, deaths: int, begun: Callable[[], None]) -> AsyncIterator[None]:
        """The body runs when the job may start; `begun` is called then. Raises LeaseOver when it may not."""
        async with self._turn if deaths >= ALONE_AFTER else contextlib.nullcontext():
            if deaths:
                await self._tell(shop, job)
                begun()
            yield

    async def _tell(self, shop: HeldShop, job: Job) -> None:
        try:
            await self._state.holder.start(shop.lease, job.id)
        except FencedError:
            self._state.drop(shop)
            raise LeaseOver from None
        except REDIS_UNAVAILABLE as error:
            self._state.observer.redis_unavailable(type(error).__name__)
            raise LeaseOver from None
