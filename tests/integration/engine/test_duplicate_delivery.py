"""Redis has lost its last second: jobs that are here wait in their lane again, and are given to the same worker."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from model.job import Job
from shop_queue.consumer import LaneConsumer
from shop_queue.keys import HOLDERS, lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.integration.engine.test_lane_engine import DONE, UNPACED, emptied, outcomes, until, until_true, working
from worker.engine.call_permits import JobPermits
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import LaneEngine
from worker.engine.results import Result

SHOP = "7494"
KEYS = lane_keys(SHOP)


@pytest.mark.parametrize("given_again", ["1", "2"])
async def test_one_that_runs_or_is_about_to_is_not_started_beside_itself(redis: Redis, given_again: str) -> None:
    started, go_on = list[str](), asyncio.Event()

    async def run(job: Job, gate: JobPermits) -> Result:
        started.append(job.id)
        await go_on.wait()
        return DONE

    async def all_claimed() -> bool:
        return await redis.zcard(KEYS.inflight) == 2

    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, product)) for product in ("1", "2")])
    # With one slot the second job is claimed and not started.
    async with working(redis, run, replace(UNPACED, max_jobs=1)) as engine:
        await until(all_claimed)
        await until_true(lambda: started == ["1"])
        await redis.zrem(KEYS.inflight, given_again)
        await redis.rpush(KEYS.waiting, given_again)  # type: ignore[misc]
        engine.reconsider(SHOP)
        await until(all_claimed)
        await until_true(lambda: not engine.held[SHOP].looking)
        go_on.set()
        await until(emptied(redis, SHOP))
    assert started == ["1", "2"]
    assert sorted(str(each["product_id"]) for each in await outcomes(redis)) == ["1", "2"]
    assert await redis.hlen(HOLDERS) == 0  # type: ignore[misc]


async def test_a_claim_that_fails_as_nobody_thought_ends_the_worker_and_does_not_silence_its_shops(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(job: Job, gate: JobPermits) -> Result:
        return DONE

    async def fails(*_: object) -> None:
        raise KeyError("moved")

    monkeypatch.setattr(LaneConsumer, "claim", fails)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "1"))])
    engine = LaneEngine(redis, "w1", {"relist": JobHandler(run)}, UNPACED)
    with pytest.raises(ExceptionGroup) as problem:
        async with asyncio.timeout(10):
            await engine.run()
    assert problem.group_contains(KeyError)
