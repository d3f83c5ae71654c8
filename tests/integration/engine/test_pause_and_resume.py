"""Pauses, limits and parks of a shop that a worker is working on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from model.job import Job
from model.outcome import Outcome
from shop_queue.consumer import ClaimBatch, LaneConsumer, OpenedLane
from shop_queue.keys import HOLDERS, lane_keys
from shop_queue.leases import Lease
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.working_engine import UNPACED, emptied, outcomes, until, working
from worker.engine.call_permits import JobPermits
from worker.engine.lane_engine import LaneEngine
from worker.engine.results import Done, Park, Result, Retry

DONE = Done(Outcome("relisted"))


class Jobs:
    """Counts the jobs that start; each takes a moment."""

    def __init__(self, seconds: float = 0.002) -> None:
        self.started = 0
        self.under_way = asyncio.Event()
        self._seconds = seconds

    async def __call__(self, job: Job, permits: JobPermits) -> Result:
        self.started += 1
        if self.started > 50:
            self.under_way.set()
        await asyncio.sleep(self._seconds)
        return DONE


async def enqueue(redis: Redis, count: int) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", str(n))) for n in range(count)])


async def test_nothing_starts_after_a_pause_until_the_resume(redis: Redis) -> None:
    lanes, jobs = LaneProducer(redis), Jobs()
    await enqueue(redis, 2000)
    async with working(redis, jobs, replace(UNPACED, max_jobs=10)) as engine:
        await asyncio.wait_for(jobs.under_way.wait(), 30)
        await lanes.set_state("7", "paused", "stocktaking")
        engine.reread("7")
        await asyncio.sleep(0)  # jobs that already have a slot begin
        heard = jobs.started

        async def given_back() -> bool:
            return not engine.held and not await redis.hlen(HOLDERS)

        await until(given_back, 30)
        assert jobs.started == heard
        assert len(await outcomes(redis)) == heard, "jobs in flight have finished"
        assert await redis.hlen(lane_keys("7").jobs) == 2000 - heard
        await lanes.set_state("7", "active")
        await until(emptied(redis, "7"), 30)
    assert jobs.started == 2000


@pytest.mark.parametrize("is_missed", [False, True])
async def test_a_pause_while_the_lane_is_opened_starts_nothing(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, is_missed: bool
) -> None:
    """The first jobs have been claimed when the pause comes, and the worker does not hold the shop yet."""
    lanes, jobs, engines = LaneProducer(redis), Jobs(), list[LaneEngine]()
    await enqueue(redis, 2)
    opened = LaneConsumer.open_and_claim

    async def slowly_opened(
        consumer: LaneConsumer, leases: Sequence[Lease], count: int
    ) -> list[tuple[OpenedLane | Exception, ClaimBatch | Exception | None]]:
        replies = await opened(consumer, leases, count)
        await lanes.set_state("7", "paused", "stocktaking")
        while not engines:
            await asyncio.sleep(0)
        # The second is called when control messages may have been missed.
        engines[0].reread_all() if is_missed else engines[0].reread("7")
        return replies

    monkeypatch.setattr(LaneConsumer, "open_and_claim", slowly_opened)
    async with working(redis, jobs, UNPACED) as engine:
        engines.append(engine)

        async def given_back() -> bool:
            return not engine.held and not await redis.hlen(HOLDERS) and await redis.llen(lane_keys("7").urgent) == 2

        await until(given_back, 30)
    assert jobs.started == 0


async def test_a_rate_limit_applies_immediately_and_can_be_removed(redis: Redis) -> None:
    lanes, jobs = LaneProducer(redis), Jobs()
    await enqueue(redis, 5000)
    async with working(redis, jobs, replace(UNPACED, max_jobs=10, default_rate=200, max_rate=200)) as engine:
        await asyncio.wait_for(jobs.under_way.wait(), 30)
        rate_limiter = engine.held["7"].rate_limiter
        await lanes.set_limit("7", 3)
        engine.reread("7")

        async def slowed() -> bool:
            return all(limiter.rate <= 3 for limiter in rate_limiter.limiters.values())

        await until(slowed, 30)
        await lanes.set_limit("7", None)
        engine.reread("7")

        async def freed() -> bool:
            return all(limiter.max_rate == 200 for limiter in rate_limiter.limiters.values())

        await until(freed, 30)


async def test_an_operator_ends_a_park_without_end(redis: Redis) -> None:
    lanes, throttled = LaneProducer(redis), False

    async def run(job: Job, permits: JobPermits) -> Result:
        nonlocal throttled
        if not throttled:
            throttled = True
            return Park("the platform does not accept the shop's token")
        return DONE

    await enqueue(redis, 50)
    async with working(redis, run, replace(UNPACED, max_jobs=1)) as engine:

        async def parked() -> bool:
            state = await redis.hget(lane_keys("7").control, "state")
            return state == b"parked" and not engine.held and not await redis.hlen(HOLDERS)

        await until(parked, 30)
        left = await redis.hlen(lane_keys("7").jobs)
        assert left == 50, "claimed jobs were released"
        assert await redis.zcard(lane_keys("7").inflight) == 0
        await lanes.set_state("7", "active")
        await until(emptied(redis, "7"), 30)
    assert {each["attempts"] for each in await outcomes(redis)} == {1}


async def test_a_park_by_the_gateway_reaches_the_worker(redis: Redis) -> None:
    lanes, jobs = LaneProducer(redis), Jobs()
    await enqueue(redis, 2000)
    async with working(redis, jobs, replace(UNPACED, max_jobs=10)) as engine:
        await asyncio.wait_for(jobs.under_way.wait(), 30)
        await lanes.park("7", "the seller has deauthorised the app", 3600)
        engine.reread_all()
        await asyncio.sleep(0)  # jobs that already have a slot begin
        heard = jobs.started

        async def given_back() -> bool:
            return not engine.held

        await until(given_back, 30)
        assert jobs.started == heard


async def test_the_outcome_lists_every_failed_attempt(redis: Redis) -> None:
    async def run(job: Job, permits: JobPermits) -> Result:
        return Retry(f"no answer, time {job.attempts + 1}", code="36009003", request_id="r")

    await enqueue(redis, 1)
    async with working(redis, run, replace(UNPACED, max_attempts=2)):
        await until(emptied(redis, "7"), 30)
    (outcome,) = await outcomes(redis)
    (reason,) = outcome["reasons"]
    assert reason["message"] == "no answer, time 2 (attempt 2 of 2)"
    assert [line.partition(" ")[2] for line in outcome["warnings"]] == [
        "[36009003] no answer, time 1",
        "[36009003] no answer, time 2",
    ]
