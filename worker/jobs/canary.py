"""The end of a heartbeat's way (producers/canary.py): says when it ran."""

from __future__ import annotations

from dataclasses import dataclass

from model.job import Job
from model.outcome import Outcome
from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis
from redis_client.server_time import server_milliseconds
from shop_queue.keys import HEARTBEAT
from worker.engine.call_permits import JobPermits
from worker.engine.results import Done, Result, Snooze

AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Heartbeat:
    redis: AnyRedis

    async def __call__(self, job: Job, gate: JobPermits) -> Result:
        try:
            await self.redis.execute_command("HSET", HEARTBEAT, "ran", await server_milliseconds(self.redis))
        except REDIS_UNAVAILABLE as error:
            return Snooze(AGAIN_SECONDS, f"Redis is away: {type(error).__name__}")
        return Done(Outcome("done"), publish=False)
