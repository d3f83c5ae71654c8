"""The engine on a real server runs every job once, through pauses, crashes and lost connections."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from model.job import Job
from model.job_state import RelistState, state_of
from redis_client.connect import connect
from shop_queue.keys import HOLDERS, READY, WORKERS, lane_keys
from shop_queue.leases import AcquiredShops, Leases
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.redis_server import RedisServer
from tests.support.working_engine import DONE, UNPACED, emptied, outcomes, until, until_true, working
from worker.engine.call_permits import JobPermits
from worker.engine.claims import MAX_DELIVERIES
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import LaneEngine
from worker.engine.results import Continue, Park, Result, Retry, Snooze


async def test_every_job_of_every_shop_has_one_outcome(redis: Redis) -> None:
    shops = [str(7000 + n) for n in range(7)]
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(shops[n % 7], str(n))) for n in range(2000)])

    async def run(job: Job, permits: JobPermits) -> Result:
        return DONE

    async with working(redis, run), working(redis, run, name="w2"):
        await until(emptied(redis, *shops))
    ids = Counter(each["product_id"] for each in await outcomes(redis))
    assert ids == Counter(str(n) for n in range(2000))
    assert await redis.hlen(HOLDERS) == 0


async def test_jobs_enqueued_later_are_run(redis: Redis) -> None:
    async def run(job: Job, permits: JobPermits) -> Result:
        return DONE

    async with working(redis, run):
        for n in range(5):
            await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", str(n)))])
            await until(emptied(redis, "7"))
    assert len(await outcomes(redis)) == 5


async def test_failures_count_as_attempts_and_waits_do_not(redis: Redis) -> None:
    seen: list[int] = []

    async def run(job: Job, permits: JobPermits) -> Result:
        seen.append(job.attempts)
        match len(seen):
            case 1 | 2:
                return Snooze(0.01, "throttled")
            case 3:
                return Retry("reset by peer")
            case _:
                raise RuntimeError("boom")

    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", "1"))])
    async with working(redis, run, replace(UNPACED, max_attempts=2)):
        await until(emptied(redis, "7"))
    assert seen == [0, 0, 0, 1]
    (outcome,) = await outcomes(redis)
    assert (outcome["outcome"], outcome["attempts"]) == ("failed", 2)
    first, last = outcome["warnings"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \[transient\] reset by peer", first)
    assert last.endswith(" [bug] unexpected RuntimeError")
    assert await redis.hexists(lane_keys("7").blocked, "1")


async def test_a_job_in_steps_continues_and_enqueues_follow_ups(redis: Redis) -> None:
    async def run(job: Job, permits: JobPermits) -> Result:
        page = state_of(job.state, RelistState).extra.get("page", 0)
        if job.id != "1" or page == 3:
            return DONE
        return Continue(
            replace(job, state=RelistState(extra={"page": page + 1})), 0, (EnqueueRequest(Job("7", f"found-{page}")),)
        )

    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", "1"))])
    async with working(redis, run):
        await until(emptied(redis, "7"))
    assert sorted(str(each["product_id"]) for each in await outcomes(redis)) == ["1", "found-0", "found-1", "found-2"]


async def test_a_park_ends_after_its_time_without_using_attempts(redis: Redis) -> None:
    tried = 0

    async def run(job: Job, permits: JobPermits) -> Result:
        nonlocal tried
        tried += 1
        return Park("quota", 0.2) if tried == 1 else DONE

    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", str(n))) for n in range(20)])
    async with working(redis, run, replace(UNPACED, max_jobs=1)):
        await until(emptied(redis, "7"))
    assert tried == 21
    assert {each["attempts"] for each in await outcomes(redis)} == {1}


async def test_pause_and_resume_apply_to_a_working_shop(redis: Redis) -> None:
    lanes, running = LaneProducer(redis), asyncio.Event()

    async def run(job: Job, permits: JobPermits) -> Result:
        running.set()
        await permits.acquire("read")
        return DONE

    await lanes.enqueue([EnqueueRequest(Job("7", str(n))) for n in range(200)])
    paced = replace(UNPACED, default_rate=100, max_rate=100)
    async with working(redis, run, paced) as engine:
        await running.wait()
        await lanes.set_state("7", "paused", "stocktaking")
        engine.reread("7")

        async def given_back() -> bool:
            return not engine.held and not await redis.hlen(HOLDERS)

        await until(given_back)
        left = await redis.hlen(lane_keys("7").jobs)
        assert left > 0
        assert await redis.zcard(lane_keys("7").inflight) == 0
        await lanes.set_state("7", "active")
        await until(emptied(redis, "7"))


async def test_another_worker_runs_the_jobs_of_a_killed_one(redis: Redis) -> None:
    stuck = asyncio.Event()

    async def hang(job: Job, permits: JobPermits) -> Result:
        stuck.set()
        await asyncio.Event().wait()
        return DONE

    async def run(job: Job, permits: JobPermits) -> Result:
        return DONE

    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", str(n))) for n in range(100)])
    dead = LaneEngine(redis, "dead", {"relist": JobHandler(hang)}, UNPACED)
    task = asyncio.create_task(dead.run())
    await stuck.wait()
    task.cancel()  # without a drain, as after a kill
    async with working(redis, run, name="successor"):
        await until(emptied(redis, "7"))
    assert len(await outcomes(redis)) == 100


async def test_a_drained_worker_leaves_nothing_in_flight(redis: Redis) -> None:
    begun = asyncio.Event()

    async def run(job: Job, permits: JobPermits) -> Result:
        begun.set()
        await asyncio.sleep(0.05)
        return DONE

    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", str(n))) for n in range(500)])
    async with working(redis, run, replace(UNPACED, max_jobs=10)):
        await begun.wait()
    keys = lane_keys("7")
    left = await redis.hlen(keys.jobs)
    assert len(await outcomes(redis)) + left == 500
    assert await redis.zcard(keys.inflight) == 0
    assert await redis.llen(keys.urgent) + await redis.llen(keys.waiting) == left


async def test_shops_of_a_draining_worker_are_taken_immediately(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shop_queue.leases.MAX_SILENCE_MS", 60_000)
    go_on, hanging = {shop: asyncio.Event() for shop in ("7", "8", "9", "10")}, set[str]()

    async def run(job: Job, permits: JobPermits) -> Result:
        if job.id == "hangs":
            hanging.add(job.shop_id)
            await go_on[job.shop_id].wait()
        return DONE

    async def hang(*shops: str) -> None:
        await LaneProducer(redis).enqueue([EnqueueRequest(Job(shop, "hangs")) for shop in shops])
        await until_true(lambda: hanging >= {*shops})

    options = replace(UNPACED, lease_seconds=60.0)
    async with working(redis, run, options, name="ending") as ending:
        await hang("7", "8")
        async with working(redis, run, options, name="successor"):
            await hang("9", "10")  # Each has its fair share now.
            drained = asyncio.create_task(ending.drain(30))
            await until_true(lambda: all(not shop.is_open for shop in ending.held.values()))
            await LaneProducer(redis).enqueue([EnqueueRequest(Job("8", "1"))])
            go_on["8"].set()
            await until(emptied(redis, "8"))
            assert not drained.done()
            for event in go_on.values():
                event.set()
            await drained
    assert len(await outcomes(redis)) == 5
    assert await redis.zcard(WORKERS) == 0


async def test_a_shop_taken_during_a_drain_is_released(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, answered, take = asyncio.Event(), asyncio.Event(), Leases.take

    async def take_slowly(self: Leases, most: int, held: int) -> AcquiredShops:
        answer = await take(self, most, held)
        if answer.leases:
            taken.set()
            await answered.wait()
        return answer

    async def run(job: Job, permits: JobPermits) -> Result:
        return DONE

    monkeypatch.setattr(Leases, "take", take_slowly)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", "1"))])
    async with working(redis, run, replace(UNPACED, lease_seconds=60.0)) as engine:
        await taken.wait()
        drained = asyncio.create_task(engine.drain(30))
        await asyncio.sleep(0)
        answered.set()
        await drained
    assert await redis.hlen(HOLDERS) == 0
    assert await redis.zcard(WORKERS) == 0
    assert await redis.zscore(READY, "7") is not None
    assert await redis.llen(lane_keys("7").waiting) == 1


async def test_a_job_that_crashed_too_many_workers_fails(redis: Redis) -> None:
    async def run(job: Job, permits: JobPermits) -> Result:
        return DONE

    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", "1"))])
    await redis.hset(lane_keys("7").crashes, "1", MAX_DELIVERIES)
    async with working(redis, run):
        await until(emptied(redis, "7"))
    (outcome,) = await outcomes(redis)
    assert outcome["outcome"] == "failed"


async def test_no_job_is_lost_when_redis_restarts() -> None:
    with RedisServer(append_only=True) as server:
        redis = connect(server.url)
        assert isinstance(redis, Redis)
        begun = asyncio.Event()
        runs: Counter[str] = Counter()

        async def run(job: Job, permits: JobPermits) -> Result:
            runs[job.id] += 1
            begun.set()
            await asyncio.sleep(0.005)
            return DONE

        await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", str(n))) for n in range(1000)])
        async with working(redis, run, replace(UNPACED, max_jobs=20)):
            await begun.wait()
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(server.start)
            await until(emptied(redis, "7"), 20)
        ids = Counter(each["product_id"] for each in await outcomes(redis))
        assert ids == Counter(str(n) for n in range(1000))
        await redis.aclose()
