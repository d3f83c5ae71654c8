"""A person's orders and the service's parks while a worker is in full flight."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from redis.asyncio import Redis

from model.job import Job
from model.outcome import Outcome
from shop_queue.keys import HOLDERS, lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.integration.engine.test_lane_engine import UNPACED, emptied, outcomes, until, working
from worker.engine.call_permits import JobPermits
from worker.engine.results import Done, Park, Result, Retry

DONE = Done(Outcome("relisted"))


class Jobs:
    """Counts what starts; each takes a moment."""

    def __init__(self, seconds: float = 0.002) -> None:
        self.started = 0
        self.under_way = asyncio.Event()
        self._seconds = seconds

    async def __call__(self, job: Job, gate: JobPermits) -> Result:
        self.started += 1
        if self.started > 50:
            self.under_way.set()
        await asyncio.sleep(self._seconds)
        return DONE


async def enqueue(redis: Redis, count: int) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", str(n))) for n in range(count)])


async def test_nothing_starts_once_a_pause_was_heard_and_a_resume_goes_on(redis: Redis) -> None:
    lanes, jobs = LaneProducer(redis), Jobs()
    await enqueue(redis, 2000)
    async with working(redis, jobs, replace(UNPACED, max_jobs=10)) as engine:
        await asyncio.wait_for(jobs.under_way.wait(), 30)
        await lanes.set_state("7", "paused", "stocktaking")
        engine.reconsider("7")
        await asyncio.sleep(0)  # what had its slot before begins
        heard = jobs.started

        async def given_back() -> bool:
            return not engine.held and not await redis.hlen(HOLDERS)

        await until(given_back, 30)
        assert jobs.started == heard
        assert len(await outcomes(redis)) == heard, "what was in flight has finished"
        assert await redis.hlen(lane_keys("7").jobs) == 2000 - heard
        await lanes.set_state("7", "active")
        await until(emptied(redis, "7"), 30)
    assert jobs.started == 2000


async def test_a_limit_holds_once_it_was_heard_and_ends_when_it_is_taken_away(redis: Redis) -> None:
    lanes, jobs = LaneProducer(redis), Jobs()
    await enqueue(redis, 5000)
    async with working(redis, jobs, replace(UNPACED, max_jobs=10, default_rate=200, max_rate=200)) as engine:
        await asyncio.wait_for(jobs.under_way.wait(), 30)
        pacing = engine.held["7"].pacing
        await lanes.set_limit("7", 3)
        engine.reconsider("7")

        async def slowed() -> bool:
            return all(pace.rate <= 3 for pace in pacing.paces.values())

        await until(slowed, 30)
        await lanes.set_limit("7", None)
        engine.reconsider("7")

        async def freed() -> bool:
            return all(pace.max_rate == 200 for pace in pacing.paces.values())

        await until(freed, 30)


async def test_a_park_without_end_is_ended_by_a_person_and_costs_no_attempt(redis: Redis) -> None:
    lanes, refused = LaneProducer(redis), False

    async def run(job: Job, gate: JobPermits) -> Result:
        nonlocal refused
        if not refused:
            refused = True
            return Park("the platform does not accept the shop's token")
        return DONE

    await enqueue(redis, 50)
    async with working(redis, run, replace(UNPACED, max_jobs=1)) as engine:

        async def parked() -> bool:
            state = await redis.hget(lane_keys("7").control, "state")
            return state == b"parked" and not engine.held and not await redis.hlen(HOLDERS)

        await until(parked, 30)
        left = await redis.hlen(lane_keys("7").jobs)
        assert left == 50, "what was claimed went back"
        assert await redis.zcard(lane_keys("7").inflight) == 0
        await lanes.set_state("7", "active")
        await until(emptied(redis, "7"), 30)
    assert {each["attempts"] for each in await outcomes(redis)} == {1}


async def test_a_park_the_gateway_orders_reaches_the_worker(redis: Redis) -> None:
    lanes, jobs = LaneProducer(redis), Jobs()
    await enqueue(redis, 2000)
    async with working(redis, jobs, replace(UNPACED, max_jobs=10)) as engine:
        await asyncio.wait_for(jobs.under_way.wait(), 30)
        await lanes.park("7", "the seller has deauthorised the app", 3600)
        engine.reconsider_all()
        await asyncio.sleep(0)  # what had its slot before begins
        heard = jobs.started

        async def given_back() -> bool:
            return not engine.held

        await until(given_back, 30)
        assert jobs.started == heard


async def test_each_attempt_is_kept_with_its_time_code_and_words(redis: Redis) -> None:
    async def run(job: Job, gate: JobPermits) -> Result:
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
