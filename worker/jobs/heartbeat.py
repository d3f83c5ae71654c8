"""The end of a heartbeat's way (producers/heartbeat.py): says when it ran."""

from __future__ import annotations

from dataclasses import dataclass

from shop_queue.connect import REDIS_AWAY, AnyRedis
from shop_queue.job import Job
from shop_queue.keys import HEARTBEAT
from shop_queue.outcome import Outcome
from shop_queue.server_time import server_milliseconds
from worker.engine.results import Done, Result, Snooze
from worker.engine.shop_gate import JobGate

AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Heartbeat:
    redis: AnyRedis

    async def __call__(self, job: Job, gate: JobGate) -> Result:
        try:
            await self.redis.execute_command("HSET", HEARTBEAT, "ran", await server_milliseconds(self.redis))
        except REDIS_AWAY as error:
            return Snooze(AGAIN_SECONDS, f"Redis is away: {type(error).__name__}")
        return Done(Outcome("done"), publish=False)
