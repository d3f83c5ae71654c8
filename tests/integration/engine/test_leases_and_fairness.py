"""Leases: recovery in time, fair turns, the global rate limit, and wrong clocks."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import pytest
from redis.asyncio import Redis

from model.job import Job
from model.outcome import Outcome
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.working_engine import UNPACED, emptied, outcomes, until, working
from worker.engine.call_permits import JobPermits
from worker.engine.dispatch_loop import MAX_STARTS_PER_TURN
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import EngineOptions, LaneEngine
from worker.engine.results import Done, Park, Result, Retry

DONE = Done(Outcome("relisted"))


async def test_a_dead_workers_shop_is_recovered_within_the_lease(redis: Redis) -> None:
    stuck, order, lease_seconds = asyncio.Event(), [], 2.0
    went_on: list[float] = []

    async def hang(job: Job, permits: JobPermits) -> Result:
        stuck.set()
        await asyncio.Event().wait()
        return DONE

    async def run(job: Job, permits: JobPermits) -> Result:
        went_on.append(time.monotonic())
        order.append(job.id)
        return DONE

    options = replace(UNPACED, lease_seconds=lease_seconds, max_jobs=5)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", str(n))) for n in range(100)])
    dead = LaneEngine(redis, "dead", {"relist": JobHandler(hang)}, options)
    task = asyncio.create_task(dead.run())
    await asyncio.wait_for(stuck.wait(), 30)
    async with working(redis, run, replace(options, max_jobs=1), name="successor"):
        held = [job.decode() for job in await redis.zrange(lane_keys("7").inflight, 0, -1)]
        died = time.monotonic()
        task.cancel()  # without a drain, as after a kill
        await until(emptied(redis, "7"), 30)
    assert len(held) >= 5
    assert order[: len(held)] == held
    assert len(order) == 100
    # The guarantee. A lease is renewed after a third of its time, which leaves room for a loaded machine.
    assert went_on[0] - died <= lease_seconds + 1


async def test_jobs_orphaned_by_a_lost_claim_reply_are_requeued(redis: Redis) -> None:
    """A claim whose reply is lost leaves jobs in flight that no worker runs."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def run(job: Job, permits: JobPermits) -> Result:
        begun.set()
        await go_on.wait()
        return DONE

    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", str(n))) for n in range(200)])
    async with working(redis, run, replace(UNPACED, max_jobs=5, lease_seconds=60)):
        await asyncio.wait_for(begun.wait(), 30)
        for _ in range(3):
            orphan = await redis.rpop(lane_keys("7").waiting)
            await redis.zadd(lane_keys("7").inflight, {orphan: 1})
        go_on.set()
        await until(emptied(redis, "7"), 30)
    assert Counter(each["product_id"] for each in await outcomes(redis)) == Counter(str(n) for n in range(200))


async def test_shops_take_turns_for_slots(redis: Redis) -> None:
    shops, started = [str(7000 + n) for n in range(16)], Counter[str]()
    widest = 0

    async def run(job: Job, permits: JobPermits) -> Result:
        nonlocal widest
        started[job.shop_id] += 1
        if len(started) == len(shops) and max(started.values()) < 40:
            widest = max(widest, max(started.values()) - min(started.values()))
        await asyncio.sleep(0.001)
        return DONE

    await LaneProducer(redis).enqueue([EnqueueRequest(Job(shop, str(n))) for shop in shops for n in range(60)])
    async with working(redis, run, replace(UNPACED, max_jobs=4)):
        await until(emptied(redis, *shops), 60)
    assert 0 < widest <= 3 * MAX_STARTS_PER_TURN


async def test_a_huge_shop_does_not_delay_small_ones(redis: Redis) -> None:
    small, done, huge_then = [str(7000 + n) for n in range(30)], Counter[str](), 0

    async def run(job: Job, permits: JobPermits) -> Result:
        nonlocal huge_then
        done[job.shop_id] += 1
        if sum(done[shop] for shop in small) == 30 * 20 and not huge_then:
            huge_then = done["9"]
        return DONE

    await LaneProducer(redis).enqueue([EnqueueRequest(Job("9", str(n))) for n in range(5000)])
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(shop, str(n))) for shop in small for n in range(20)])
    async with working(redis, run, replace(UNPACED, max_jobs=50, default_rate=40, max_rate=40)):
        await until(emptied(redis, *small), 60)
    assert huge_then <= 4 * 20, "while a small shop sent 20, the huge one sent about as many"


async def test_more_shops_than_max_shops_take_turns(redis: Redis) -> None:
    shops, first, last = [str(7000 + n) for n in range(12)], dict[str, int](), dict[str, int]()

    async def run(job: Job, permits: JobPermits) -> Result:
        moment = len(first) + len(last)
        order.append(job.shop_id)
        first.setdefault(job.shop_id, moment)
        return DONE

    order: list[str] = []
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(shop, str(n))) for shop in shops for n in range(60)])
    options = replace(UNPACED, max_shops=4, slice_seconds=0.2, default_rate=50, max_rate=50)
    async with working(redis, run, options):
        await until(emptied(redis, *shops), 60)
    begun = max(order.index(shop) for shop in shops)
    ended = min(len(order) - 1 - order[::-1].index(shop) for shop in shops)
    assert begun < ended, "every shop had a turn before any finished"


async def test_two_workers_share_the_global_rate_limit(redis: Redis) -> None:
    shops, sent, ceiling = [str(7000 + n) for n in range(8)], list[float](), 200.0

    async def run(job: Job, permits: JobPermits) -> Result:
        await permits.acquire("read")
        sent.append(time.monotonic())
        await permits.acquire("write")
        sent.append(time.monotonic())
        return DONE

    await LaneProducer(redis).enqueue([EnqueueRequest(Job(shop, str(n))) for shop in shops for n in range(40)])
    options = replace(UNPACED, app_rate=ceiling)
    async with working(redis, run, options, name="w1"), working(redis, run, options, name="w2"):
        await until(emptied(redis, *shops), 60)
    assert len(sent) == 2 * 8 * 40
    assert len(sent) <= ceiling * (max(sent) - min(sent)) * 1.05 + 5


async def test_a_wrong_local_clock_does_not_affect_the_engine(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    class WrongClock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> NoReturn:
            raise AssertionError("the host's clock was read")

    wrong = time.time() - 7 * 3600
    monkeypatch.setattr(time, "time", lambda: wrong)
    for module in ("worker.engine.commit_operations", "worker.engine.redis_clock", "model.outcome"):
        monkeypatch.setattr(f"{module}.datetime", WrongClock)
    seen: Counter[str] = Counter()

    async def run(job: Job, permits: JobPermits) -> Result:
        seen[job.id] += 1
        if seen[job.id] > 1:
            return DONE
        match job.id:
            case "fails":
                return Retry("reset by peer")
            case "parks":
                return Park("quota", 0.3)
            case _:
                return DONE

    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", "fails")), EnqueueRequest(Job("8", "parks"))])
    await LaneProducer(redis).enqueue([EnqueueRequest(Job("9", "later"), delay_seconds=0.5)])
    async with working(redis, run):
        await until(emptied(redis, "7", "8", "9"), 30)
    assert seen == {"fails": 2, "parks": 2, "later": 1}
    server = datetime.fromtimestamp((await redis.time())[0], UTC)
    for outcome in await outcomes(redis):
        at = datetime.strptime(str(outcome["at"]), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        assert abs(server - at) < timedelta(minutes=5)


async def test_a_worker_without_room_pauses_while_shops_wait(redis: Redis) -> None:
    await LaneProducer(redis).enqueue(EnqueueRequest(Job(str(shop), "1")) for shop in range(2))
    engine = LaneEngine(redis, "w1", {}, EngineOptions(max_shops=1))
    assert await engine._leases._round() == 0.0, "there may be room for more"
    assert await engine._leases._round() > 0.0
