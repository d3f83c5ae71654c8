"""Jobs with bodies are limited by bytes, while other jobs continue."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from redis.asyncio import Redis

from model.job import Job
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.working_engine import DONE, UNPACED, emptied, outcomes, until, working
from worker.engine.call_permits import JobPermits
from worker.engine.results import Result

BODY = {"description": "x" * 100_000}


async def test_running_bodies_are_limited_in_bytes(redis: Redis) -> None:
    running, most = set[str](), list[int]()

    async def run(job: Job, permits: JobPermits) -> Result:
        if job.product:
            running.add(job.id)
            most.append(len(running))
            await asyncio.sleep(0.01)
            running.discard(job.id)
        return DONE

    heavy = [EnqueueRequest(Job("7", f"list:{n}", "relist", product=BODY)) for n in range(40)]
    light = [EnqueueRequest(Job("8", str(n))) for n in range(200)]
    await LaneProducer(redis).enqueue([*heavy, *light])
    async with working(redis, run, replace(UNPACED, max_body_bytes=400_000)) as engine:
        await until(emptied(redis, "7", "8"), 30)
        assert engine.slots == UNPACED.max_jobs
    assert len(await outcomes(redis)) == 240
    assert max(most) == 4, "as many as fit, and no more"
