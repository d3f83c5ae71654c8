"""The arq worker that runs the lanes. arq runs the cron jobs; the engine runs everything else.

docs/decisions/0001-lanes-on-arq.md explains each override.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
import structlog
from arq.connections import ArqRedis
from arq.cron import CronJob
from arq.worker import Worker

from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis, one_server
from shop_queue.signals import ShopCommanded, Signal, Subscribed, WorkAnnounced, signals
from worker.engine.lane_engine import RECONNECT_SECONDS, LaneEngine

log = structlog.get_logger("relist.worker")


TAG = "{arq:abort}:"
"""Hash tag that puts all keys of arq into one cluster slot, as its transactions require."""


class LaneWorker(Worker):
    """`main()` runs until `stop()`; jobs in flight then get `grace_seconds` to finish."""

    def __init__(
        self,
        engine: LaneEngine,
        redis: AnyRedis,
        *,
        cron_jobs: Sequence[CronJob],
        grace_seconds: float = 20.0,
        ctx: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            functions=[],
            cron_jobs=[replace(job, name=TAG + job.name) for job in cron_jobs],
            queue_name=TAG + "relist:cron",
            handle_signals=False,
            allow_abort_jobs=False,
            keep_result=0,
            job_serializer=_dump,
            job_deserializer=orjson.loads,
            log_results=False,
            ctx=ctx or {},
        )
        self.engine = engine
        self._redis = redis
        self._grace_seconds = grace_seconds
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Requests a graceful shutdown, which finishes running jobs and releases all others."""
        self._stop.set()

    async def main(self) -> None:
        parts = [
            asyncio.create_task(self._cron(), name="arq cron"),
            asyncio.create_task(self.engine.run(), name="lanes"),
            asyncio.create_task(self._listen(), name="control channel"),
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
        """Runs arq's loop for the cron jobs. Unlike arq, it survives an unavailable Redis and a moved cluster slot."""
        while True:
            try:
                async with await one_server(self._redis, TAG) as server:
                    self._pool = ArqRedis(
                        pool_or_conn=server.connection_pool, job_serializer=_dump, job_deserializer=orjson.loads
                    )
                    await super().main()
            except REDIS_UNAVAILABLE as error:
                log.warning("redis_unavailable", error=type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        """Wakes the engine when a shop has work or was changed.

        Messages may be lost while the subscription is down, so all held lanes are read again when it is restored, and
        once every `RECONNECT_SECONDS` until then.
        """
        while True:
            try:
                async for signal in signals(self._redis):
                    self._handle(signal)
            except REDIS_UNAVAILABLE:
                self.engine.reread_all()
                await asyncio.sleep(RECONNECT_SECONDS)

    def _handle(self, signal: Signal) -> None:
        match signal:
            case Subscribed():
                self.engine.reread_all()
                self.engine.wake()
            case WorkAnnounced():
                self.engine.wake()
            case ShopCommanded(shop_id):
                self.engine.reread(shop_id)


def _dump(value: Any) -> bytes:
    """Serialises as JSON. With arq's pickle, anyone who can write to Redis could run code in the workers."""
    return orjson.dumps(value, default=str)
