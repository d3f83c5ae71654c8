"""A job that crashes its worker fails after a few deliveries, and no other job does."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from model.job import Job
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.working_engine import DONE, outcomes
from tests.support.working_engine import UNPACED as UNPACED_FOR_A_SECOND
from worker.engine.call_permits import JobPermits
from worker.engine.claims import MAX_DELIVERIES
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import EngineOptions, LaneEngine
from worker.engine.results import Result

UNPACED = replace(UNPACED_FOR_A_SECOND, lease_seconds=0.5)
SHOPS = ("7", "8")
EACH = 40
DEADLY = "713"
ONE_AT_A_TIME = replace(UNPACED, max_jobs=1)


async def work_until_dead_or_done(redis: Redis, name: str, seconds_to_death: float) -> bool:
    """Runs one worker. Returns whether the poison job killed it."""
    died = asyncio.Event()

    async def run(job: Job, permits: JobPermits) -> Result:
        if job.id == DEADLY:
            await asyncio.sleep(seconds_to_death)
            died.set()
            # The worker and its other jobs end here.
            await asyncio.Event().wait()
        await asyncio.sleep(0.01)
        return DONE

    engine = LaneEngine(redis, name, {"relist": JobHandler(run)}, UNPACED)
    task = asyncio.create_task(engine.run())
    async with asyncio.timeout(20):
        while not died.is_set() and any([await redis.hlen(lane_keys(shop).jobs) for shop in SHOPS]):
            await asyncio.sleep(0.005)
    task.cancel()
    for shop in engine.held.values():
        for job in shop.running.values():
            job.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return died.is_set()


@pytest.mark.parametrize("seconds_to_death", [0.0, 0.05], ids=["at once", "while other jobs run"])
async def test_only_the_poison_job_fails(redis: Redis, seconds_to_death: float) -> None:
    jobs = [Job(shop, f"{shop}{n}") for n in range(EACH) for shop in SHOPS]
    await LaneProducer(redis).enqueue(EnqueueRequest(job) for job in jobs)
    deaths = 0
    while await work_until_dead_or_done(redis, f"w{deaths}", seconds_to_death):
        deaths += 1
        assert deaths <= MAX_DELIVERIES
    assert deaths == MAX_DELIVERIES
    ends = await outcomes(redis)
    assert Counter(each["product_id"] for each in ends) == Counter(job.id for job in jobs)
    assert {each["product_id"]: each["outcome"] for each in ends if each["outcome"] != "relisted"} == {DEADLY: "failed"}
    assert not any([await redis.exists(lane_keys(shop).crashes) for shop in SHOPS])


async def test_suspects_that_start_together_share_a_round_trip(redis: Redis) -> None:
    await LaneProducer(redis).enqueue(EnqueueRequest(Job("7", str(n))) for n in range(EACH))
    await _die_with_jobs(redis, "w0", UNPACED)

    async def run(job: Job, permits: JobPermits) -> Result:
        return DONE

    before = await _scripts_run(redis)
    task = asyncio.create_task(LaneEngine(redis, "w1", {"relist": JobHandler(run)}, UNPACED).run())
    async with asyncio.timeout(20):
        while await redis.hlen(lane_keys("7").jobs):  # type: ignore[misc]
            await asyncio.sleep(0.005)
    calls = await _scripts_run(redis) - before
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert len(await outcomes(redis)) == EACH
    assert calls < EACH  # takes, claims, commits and renewals included


async def _scripts_run(redis: Redis) -> int:
    statistics = await redis.info("commandstats")
    return int(statistics["cmdstat_evalsha"]["calls"])


async def _die_with_jobs(redis: Redis, name: str, options: EngineOptions) -> None:
    """Runs a worker until it has begun a job, and ends it without a commit."""
    begun = asyncio.Event()

    async def hang(job: Job, permits: JobPermits) -> Result:
        begun.set()
        await asyncio.Event().wait()
        return DONE

    engine = LaneEngine(redis, name, {"relist": JobHandler(hang)}, options)
    task = asyncio.create_task(engine.run())
    await asyncio.wait_for(begun.wait(), 10)
    task.cancel()
    for shop in engine.held.values():
        for job in shop.running.values():
            job.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_buffered_job_counts_at_most_one_crash(redis: Redis) -> None:
    """Only the first worker may have started it, however many workers die."""
    await LaneProducer(redis).enqueue(EnqueueRequest(Job("7", str(n))) for n in range(EACH))
    for number in range(MAX_DELIVERIES + 2):
        await _die_with_jobs(redis, f"w{number}", UNPACED if number == 0 else ONE_AT_A_TIME)
    counts = await redis.hvals(lane_keys("7").crashes)  # type: ignore[misc]
    assert sum(abs(int(count)) == 1 for count in counts) >= EACH - 2
