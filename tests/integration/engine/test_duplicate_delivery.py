"""After Redis lost its last second of writes, a claim may return a job that the worker already has."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from model.job import Job
from shop_queue.consumer import LaneConsumer
from shop_queue.keys import HOLDERS, lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.working_engine import DONE, UNPACED, emptied, outcomes, until, until_true, working
from worker.engine.call_permits import JobPermits
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import LaneEngine
from worker.engine.results import Result
from worker.engine.shop_phase import ShopPhase

SHOP = "7494"
KEYS = lane_keys(SHOP)


@pytest.mark.parametrize("reclaimed", ["1", "2"])
async def test_a_job_claimed_twice_starts_once(redis: Redis, reclaimed: str) -> None:
    started, go_on = list[str](), asyncio.Event()

    async def run(job: Job, permits: JobPermits) -> Result:
        started.append(job.id)
        await go_on.wait()
        return DONE

    async def all_claimed() -> bool:
        return await redis.zcard(KEYS.inflight) == 2

    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, product)) for product in ("1", "2")])
    # With one slot the second job is claimed but not started.
    async with working(redis, run, replace(UNPACED, max_jobs=1)) as engine:
        await until(all_claimed)
        await until_true(lambda: started == ["1"])
        await redis.zrem(KEYS.inflight, reclaimed)
        await redis.rpush(KEYS.waiting, reclaimed)  # type: ignore[misc]
        engine.reread(SHOP)
        await until(all_claimed)
        await until_true(lambda: engine.held[SHOP].phase is ShopPhase.ACTIVE)
        go_on.set()
        await until(emptied(redis, SHOP))
    assert started == ["1", "2"]
    assert sorted(str(each["product_id"]) for each in await outcomes(redis)) == ["1", "2"]
    assert await redis.hlen(HOLDERS) == 0  # type: ignore[misc]


async def test_an_unexpected_claim_error_ends_the_worker(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(job: Job, permits: JobPermits) -> Result:
        return DONE

    async def fails(*_: object) -> None:
        raise KeyError("moved")

    monkeypatch.setattr(LaneConsumer, "claim", fails)
    # More than the jobs that are claimed with the opening of the lane.
    await LaneProducer(redis).enqueue(EnqueueRequest(Job(SHOP, str(n))) for n in range(200))
    engine = LaneEngine(redis, "w1", {"relist": JobHandler(run)}, UNPACED)
    with pytest.raises(ExceptionGroup) as problem:
        async with asyncio.timeout(10):
            await engine.run()
    assert problem.group_contains(KeyError)
