"""The arq worker that works lanes: arq runs the cron jobs, the signals and the life cycle; the engine runs the lanes.

What is overridden and why: docs/decisions/0001-lanes-on-arq.md.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import structlog
from arq.connections import ArqRedis
from arq.cron import CronJob
from arq.worker import Worker
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shop_queue.connect import AnyRedis
from shop_queue.keys import CONTROL_CHANNEL, WAKE_CHANNEL
from worker.engine.lane_engine import RECONNECT_SECONDS, LaneEngine

log = structlog.get_logger("relist.worker")


class LaneWorker(Worker):
    """`async_run()` works until `stop()`; then jobs in flight get `grace_seconds` to finish."""

    def __init__(
        self,
        engine: LaneEngine,
        redis: AnyRedis,
        arq_pool: ArqRedis,
        *,
        cron_jobs: list[CronJob],
        grace_seconds: float = 20.0,
        ctx: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            functions=[],
            cron_jobs=cron_jobs,
            redis_pool=arq_pool,
            queue_name="relist:arq:cron",
            handle_signals=False,
            allow_abort_jobs=False,
            keep_result=0,
            ctx=ctx or {},
        )
        self.engine = engine
        self._redis = redis
        self._grace_seconds = grace_seconds
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Asks for a graceful end: claim nothing more, finish what runs, give everything else back."""
        self._stop.set()

    async def main(self) -> None:
        parts = [
            asyncio.create_task(self._cron(), name="arq cron"),
            asyncio.create_task(self.engine.run(), name="lanes"),
            asyncio.create_task(self._listen(), name="wakes"),
        ]
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait([*parts, stopped], return_when=asyncio.FIRST_COMPLETED)
            for part in parts:
                if part.done():
                    part.result()
            log.info("worker_draining", shops=len(self.engine.held))
            await self.engine.drain(self._grace_seconds)
            log.info("worker_drained")
        finally:
            for task in (*parts, stopped):
                task.cancel()
            await asyncio.gather(*parts, stopped, return_exceptions=True)

    async def _cron(self) -> None:
        """arq's own loop, for the cron jobs; unlike stock arq it outlives a lost Redis."""
        while True:
            try:
                await super().main()
            except (RedisError, OSError) as error:
                log.warning("redis_away", error=type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        """Wakes the engine the moment a shop has work or a person changes one; the loops would see it later anyway."""
        if not isinstance(self._redis, Redis):
            await asyncio.Event().wait()
            return
        while True:
            try:
                async with self._redis.pubsub() as channel:
                    await channel.subscribe(WAKE_CHANNEL, CONTROL_CHANNEL)
                    async for message in channel.listen():
                        if message["type"] != "message":
                            continue
                        if message["channel"] == WAKE_CHANNEL.encode():
                            self.engine.wake()
                        else:
                            self.engine.reconsider(message["data"].decode())
            except (RedisError, OSError):
                await asyncio.sleep(RECONNECT_SECONDS)

    async def close(self) -> None:
        with contextlib.suppress(RedisError):
            await super().close()
