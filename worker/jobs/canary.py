"""The canary job, which records its run to measure the latency of the queue (producers/canary.py sends it)."""

from __future__ import annotations

from dataclasses import dataclass

from model.job import Job
from model.outcome import Outcome
from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis
from shop_queue.canary_times import note_canary_ran
from worker.engine.call_permits import JobPermits
from worker.engine.results import Done, Result, Snooze

RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Canary:
    redis: AnyRedis

    async def __call__(self, job: Job, permits: JobPermits) -> Result:
        try:
            await note_canary_ran(self.redis)
        except REDIS_UNAVAILABLE as error:
            return Snooze(RETRY_SECONDS, f"Redis is unavailable: {type(error).__name__}")
        return Done(Outcome("done"), publish=False)
