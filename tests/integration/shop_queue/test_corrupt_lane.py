"""A key of a shop is of a wrong type: that shop rests and says so, the others go on, and once mended, all is done."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from functools import partial

import orjson
import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from redis.exceptions import ReadOnlyError, ResponseError
from structlog.testing import capture_logs

from gateway.web.fleet import read_fleet
from model.job import Job
from model.shop import Shop
from monitoring.backlog_scan import scan_backlog
from producers.intake import GROUP, Intake
from redis_client.server_time import server_milliseconds
from shop_queue.consumer import Commit, Complete, LaneConsumer
from shop_queue.corrupt_lane import CorruptLane, is_lane_corruption
from shop_queue.keys import HOLDERS, INTAKE, INTAKE_REJECTED, READY, lane_keys
from shop_queue.lane_stats import read_lane_stats
from shop_queue.leases import Lease, Leases, wake
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.reaper import requeue_orphaned_shops
from shop_queue.shop_registry import ShopRegistry
from tests.integration.engine.test_lane_engine import DONE, UNPACED, emptied, outcomes, until, working
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher
from worker.engine.call_permits import JobPermits
from worker.engine.results import Result
from worker.engine.state import BROKEN_SECONDS

SICK, WELL = "7", "8"
KEYS = lane_keys(SICK)
HELD_UP = ("jobs", "urgent", "waiting", "delayed", "inflight", "control", "interrupted", "merged", "blocked")
ASIDE = "aside"


async def run(job: Job, gate: JobPermits) -> Result:
    return DONE


async def break_key(redis: Redis, key: str) -> None:
    if await redis.exists(key):
        await redis.rename(key, ASIDE)
    await redis.set(key, "not ours")


async def mend(redis: Redis, key: str) -> None:
    await redis.delete(key)
    if await redis.exists(ASIDE):
        await redis.rename(ASIDE, key)


async def rests(redis: Redis) -> bool:
    score = await redis.zscore(READY, SICK)
    later = score is not None and score > await server_milliseconds(redis) + 1000 * BROKEN_SECONDS / 2
    return later and not await redis.hexists(HOLDERS, SICK)  # type: ignore[misc]


async def held(redis: Redis) -> Lease:
    await redis.zadd(READY, {SICK: 1})
    (lease,) = (await Leases(redis, "w1", 60).take(1, 0)).leases
    await LaneConsumer(redis).open(lease)
    return lease


@pytest.mark.parametrize("name", HELD_UP)
async def test_the_other_shops_go_on_and_all_is_done_once_it_is_mended(redis: Redis, name: str) -> None:
    key = getattr(KEYS, name)
    jobs = [Job(shop, f"{shop}{n}") for shop in (SICK, WELL) for n in range(20)]
    await LaneProducer(redis).enqueue([EnqueueRequest(job) for job in jobs])
    await break_key(redis, key)

    with capture_logs() as logs:
        async with working(redis, run, replace(UNPACED, max_jobs=5)):
            await until(emptied(redis, WELL))
            await until(partial(rests, redis))
            await mend(redis, key)
            await wake(redis, [(SICK, 0.0)])
            await until(emptied(redis, SICK))
    assert {each["shop_id"] for each in logs if each["event"] == "lane_corrupted"} == {SICK}
    assert Counter(each["product_id"] for each in await outcomes(redis)) == Counter(job.id for job in jobs)


@pytest.mark.parametrize("name", [*HELD_UP, "counters", "outbox", "audits"])
async def test_what_was_at_work_when_it_broke_ends_once_when_it_is_mended(redis: Redis, name: str) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SICK, product)) for product in ("1", "2")])
    broken = asyncio.Event()

    async def run_until_broken(job: Job, gate: JobPermits) -> Result:
        await broken.wait()
        return DONE

    async def all_started() -> bool:
        return await redis.zcard(KEYS.inflight) == 2

    key = getattr(KEYS, name)
    async with working(redis, run_until_broken):
        await until(all_started)
        await break_key(redis, key)
        broken.set()
        await until(partial(rests, redis))
        await mend(redis, key)
        await wake(redis, [(SICK, 0.0)])
        await until(emptied(redis, SICK))
    assert Counter(each["product_id"] for each in await outcomes(redis)) == {"1": 1, "2": 1}
    assert await redis.hgetall(KEYS.counters) == {b"relisted": b"2"}  # type: ignore[misc]


@pytest.mark.parametrize("what", ["limit", "pace", "until", "id"])
async def test_what_nobody_here_has_written_stops_its_own_shop_alone(redis: Redis, what: str) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(shop, "1")) for shop in (SICK, WELL)])
    if what == "id":
        await redis.hset(KEYS.jobs, b"\xff", b"{}")  # type: ignore[misc]
        await redis.rpush(KEYS.waiting, b"\xff")  # type: ignore[misc]
    else:
        await redis.hset(KEYS.control, what, "{")  # type: ignore[misc]
    with capture_logs() as logs:
        async with working(redis, run):
            await until(emptied(redis, WELL))
            await until(partial(rests, redis))
    assert {each["shop_id"] for each in logs if each["event"] == "lane_corrupted"} == {SICK}
    assert [each["shop_id"] for each in await outcomes(redis)] == [WELL]


async def test_a_counter_that_is_no_number_ends_nothing_twice(redis: Redis) -> None:
    lease = await held(redis)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SICK, "1"))])
    holder = LaneConsumer(redis)
    await holder.claim([(lease, 1)])
    await redis.hset(KEYS.counters, "relisted", "not ours")  # type: ignore[misc]
    commit = Commit(lease, [Complete("1", "relisted", {"product_id": "1"})], number=1)
    (problem,) = await holder.commit([commit])
    assert isinstance(problem, Exception)
    assert is_lane_corruption(problem)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SICK, "1", category_id="9"))])
    await holder.claim([(lease, 1)])
    await holder.commit([commit])
    assert await redis.hlen(KEYS.jobs) == 1, "what was fed since is not ended by it"  # type: ignore[misc]
    assert len(await outcomes(redis)) == 1


async def test_its_entries_are_refused_with_the_reason_and_the_feed_goes_on(redis: Redis) -> None:
    for shop_id in (SICK, WELL):
        await ShopRegistry(redis).add(Shop(shop_id, "c", "US", shop_id))
    intake = Intake(redis, "g1", CollectorRegistry())
    await intake._ensure_group()
    await break_key(redis, KEYS.waiting)
    for product in ("1", "2", "3"):
        for shop_id in (SICK, WELL):
            await redis.xadd(INTAKE, {"job": orjson.dumps({"shop_id": shop_id, "product_id": product})})
    with capture_logs() as logs:
        assert await intake.read(block_ms=10) == 6
    assert [each["shop_id"] for each in logs if each["event"] == "lane_corrupted"] == [SICK] * 3
    assert sorted(await redis.hkeys(lane_keys(WELL).jobs)) == [b"1", b"2", b"3"]  # type: ignore[misc]
    assert not await redis.exists(KEYS.jobs), "nothing is in the lane that is in none of its lists"
    rejected = [fields for _, fields in await redis.xrange(INTAKE_REJECTED)]
    assert [orjson.loads(fields[b"job"])["product_id"] for fields in rejected] == ["1", "2", "3"]
    assert all(b"WRONGTYPE" in fields[b"error"] for fields in rejected)
    assert (await redis.xpending(INTAKE, GROUP))["pending"] == 0


async def test_the_feed_waits_for_what_concerns_every_shop(redis: Redis) -> None:
    await ShopRegistry(redis).add(Shop(WELL, "c", "US", WELL))
    intake = Intake(redis, "g1", CollectorRegistry())
    await intake._ensure_group()
    await redis.set(READY, "not ours")
    await redis.xadd(INTAKE, {"job": orjson.dumps({"shop_id": WELL, "product_id": "1"})})
    with pytest.raises(ResponseError) as problem:
        await intake.read(block_ms=10)
    assert not isinstance(problem.value, CorruptLane)
    assert (await redis.xpending(INTAKE, GROUP))["pending"] == 1
    assert await redis.xlen(INTAKE_REJECTED) == 0


async def test_it_is_measured_as_broken_and_the_sweep_passes_it(redis: Redis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(shop, "1")) for shop in (SICK, WELL)])
    await redis.delete(READY)
    await break_key(redis, KEYS.jobs)
    await break_key(redis, KEYS.delayed)
    sick, well = await read_lane_stats(redis, [SICK, WELL])
    assert (sick.state, well.state, well.waiting) == ("broken", "active", 1)
    assert "WRONGTYPE" in sick.reason
    assert await requeue_orphaned_shops(redis, [SICK, WELL]) == [WELL]


async def test_the_page_and_the_census_show_the_others(redis: Redis) -> None:
    shops = [Shop(shop_id, "c", "US", shop_id) for shop_id in (SICK, WELL)]
    for shop in shops:
        await ShopRegistry(redis).add(shop)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(WELL, "1"))])
    await redis.hset(lane_keys(WELL).blocked, "2", orjson.dumps({"reasons": [{"code": "brand"}]}))  # type: ignore[misc]
    await break_key(redis, KEYS.blocked)
    sick, well = (await read_fleet(redis)).shops
    assert (sick.state, well.state, well.in_lane, well.blocked) == ("broken", "active", 1, 1)
    assert "WRONGTYPE" in sick.reason
    census = await scan_backlog(redis, shops, TokenCipher("k" * 32), Transport("http://x", "http://x", "k", "s"))
    assert census.blocked == {"brand": 1}


@pytest.mark.parametrize("text", ["MISCONF Redis is configured", "NOREPLICAS Not enough", "BUSY Redis is busy"])
def test_a_server_that_is_unwell_is_not_a_broken_key(text: str) -> None:
    assert not is_lane_corruption(ResponseError(text))
    assert not is_lane_corruption(ReadOnlyError("You can't write against a read only replica."))
