"""The arq worker that works lanes: arq runs the cron jobs, the signals and the life cycle; the engine runs the lanes.

What is overridden and why: docs/decisions/0001-lanes-on-arq.md.
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
from shop_queue.keys import CONTROL_CHANNEL, READY, WAKE_CHANNEL
from worker.engine.lane_engine import RECONNECT_SECONDS, LaneEngine

LISTEN_SECONDS = 60.0
"""Of silence, until the channel is asked whether it is still there."""

log = structlog.get_logger("relist.worker")


TAG = "{arq:abort}:"
"""arq's transactions touch several keys, `arq:abort` among them; with this tag all are in one slot of a cluster."""


class LaneWorker(Worker):
    """`main()` works until `stop()`; then jobs in flight get `grace_seconds` to finish."""

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
        """arq's own loop, for the cron jobs; unlike stock arq it outlives a lost Redis, and a slot that has moved."""
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
        """Wakes the engine the moment a shop has work or a person changes one. What was said while nobody listened is
        made up for: the lanes held are looked at again, and until the channel is back once every `RECONNECT_SECONDS`.
        """
        while True:
            try:
                # Any server of a cluster would do; to ask for a key that is none of ours takes a right nobody has.
                async with await one_server(self._redis, READY) as server, server.pubsub() as channel:
                    await channel.subscribe(WAKE_CHANNEL, CONTROL_CHANNEL)
                    while True:
                        message = await channel.get_message(timeout=LISTEN_SECONDS)
                        if message is None:
                            # Nothing was said; or TCP has given the connection up, which redis-py tells in the same
                            # way. The ping finds out.
                            await channel.ping()
                        elif message["type"] != "pong":
                            self._heard(message)
            except REDIS_UNAVAILABLE:
                self.engine.reconsider_all()
                await asyncio.sleep(RECONNECT_SECONDS)

    def _heard(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            self.engine.reconsider_all()
            self.engine.wake()
        elif message["channel"] == WAKE_CHANNEL.encode():
            self.engine.wake()
        else:
            self.engine.reconsider(message["data"].decode())


def _dump(value: Any) -> bytes:
    """Never pickle: whoever can write to Redis could run code in the workers."""
    return orjson.dumps(value, default=str)
