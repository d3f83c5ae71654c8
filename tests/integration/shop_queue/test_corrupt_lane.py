"""The shop of a corrupt lane is quarantined and reported, other shops continue, and every job ends after the repair."""

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

from model.job import Job
from model.shop import Shop
from monitoring.backlog_scan import scan_backlog
from monitoring.fleet import read_fleet
from producers.intake import Intake
from redis_client.server_time import server_milliseconds
from shop_queue.consumer import Commit, Complete, LaneConsumer
from shop_queue.corrupt_lane import CorruptLane, is_lane_corruption
from shop_queue.intake_stream import GROUP
from shop_queue.keys import HOLDERS, INTAKE, INTAKE_REJECTED, READY, lane_keys
from shop_queue.lane_stats import read_lane_stats
from shop_queue.leases import Lease, Leases, wake
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.reaper import requeue_orphaned_shops
from shop_queue.shop_registry import ShopRegistry
from tests.support.working_engine import DONE, UNPACED, emptied, outcomes, until, working
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher
from worker.engine.call_permits import JobPermits
from worker.engine.results import Result
from worker.engine.state import QUARANTINE_SECONDS

CORRUPT, HEALTHY = "7", "8"
KEYS = lane_keys(CORRUPT)
QUARANTINING = ("jobs", "urgent", "waiting", "delayed", "inflight", "control", "crashes", "changed", "blocked")
ASIDE = "aside"


async def run(job: Job, permits: JobPermits) -> Result:
    return DONE


async def corrupt_key(redis: Redis, key: str) -> None:
    if await redis.exists(key):
        await redis.rename(key, ASIDE)
    await redis.set(key, "not ours")


async def repair(redis: Redis, key: str) -> None:
    await redis.delete(key)
    if await redis.exists(ASIDE):
        await redis.rename(ASIDE, key)


async def is_quarantined(redis: Redis) -> bool:
    score = await redis.zscore(READY, CORRUPT)
    later = score is not None and score > await server_milliseconds(redis) + 1000 * QUARANTINE_SECONDS / 2
    return later and not await redis.hexists(HOLDERS, CORRUPT)  # type: ignore[misc]


async def held(redis: Redis) -> Lease:
    await redis.zadd(READY, {CORRUPT: 1})
    (lease,) = (await Leases(redis, "w1", 60).take(1, 0)).leases
    await LaneConsumer(redis).open(lease)
    return lease


@pytest.mark.parametrize("name", QUARANTINING)
async def test_other_shops_continue_and_repaired_shop_finishes(redis: Redis, name: str) -> None:
    key = getattr(KEYS, name)
    jobs = [Job(shop, f"{shop}{n}") for shop in (CORRUPT, HEALTHY) for n in range(20)]
    await LaneProducer(redis).enqueue([EnqueueRequest(job) for job in jobs])
    await corrupt_key(redis, key)

    with capture_logs() as logs:
        async with working(redis, run, replace(UNPACED, max_jobs=5)):
            await until(emptied(redis, HEALTHY))
            await until(partial(is_quarantined, redis))
            await repair(redis, key)
            await wake(redis, [(CORRUPT, 0.0)])
            await until(emptied(redis, CORRUPT))
    assert {each["shop_id"] for each in logs if each["event"] == "lane_corrupted"} == {CORRUPT}
    assert Counter(each["product_id"] for each in await outcomes(redis)) == Counter(job.id for job in jobs)


@pytest.mark.parametrize("name", [*QUARANTINING, "counters", "outbox", "audits"])
async def test_running_jobs_of_a_corrupt_lane_end_once_after_repair(redis: Redis, name: str) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(CORRUPT, product)) for product in ("1", "2")])
    broken = asyncio.Event()

    async def run_until_broken(job: Job, permits: JobPermits) -> Result:
        await broken.wait()
        return DONE

    async def all_started() -> bool:
        return await redis.zcard(KEYS.inflight) == 2

    key = getattr(KEYS, name)
    async with working(redis, run_until_broken):
        await until(all_started)
        await corrupt_key(redis, key)
        broken.set()
        await until(partial(is_quarantined, redis))
        await repair(redis, key)
        await wake(redis, [(CORRUPT, 0.0)])
        await until(emptied(redis, CORRUPT))
    assert Counter(each["product_id"] for each in await outcomes(redis)) == {"1": 1, "2": 1}
    assert await redis.hgetall(KEYS.counters) == {b"relisted": b"2"}  # type: ignore[misc]


@pytest.mark.parametrize(
    ("what", "value"),
    [
        *((name, "{") for name in ("limit", "pace", "until", "id")),
        ("pace", "[1]"),
        ("pace", '{"write": {"rate": 7}}'),
        ("pace", '{"write": {"rate": -1, "known": true}}'),
    ],
)
async def test_foreign_value_stops_only_its_own_shop(redis: Redis, what: str, value: str) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(shop, "1")) for shop in (CORRUPT, HEALTHY)])
    if what == "id":
        await redis.hset(KEYS.jobs, b"\xff", b"{}")  # type: ignore[misc]
        await redis.rpush(KEYS.waiting, b"\xff")  # type: ignore[misc]
    else:
        await redis.hset(KEYS.control, what, value)  # type: ignore[misc]
    with capture_logs() as logs:
        async with working(redis, run):
            await until(emptied(redis, HEALTHY))
            await until(partial(is_quarantined, redis))
    assert {each["shop_id"] for each in logs if each["event"] == "lane_corrupted"} == {CORRUPT}
    assert [each["shop_id"] for each in await outcomes(redis)] == [HEALTHY]
    if what in ("limit", "pace"):
        assert [lane.state for lane in await read_lane_stats(redis, [CORRUPT, HEALTHY])] == ["corrupt", "active"]


async def test_unreadable_counter_ends_no_job_twice(redis: Redis) -> None:
    lease = await held(redis)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(CORRUPT, "1"))])
    consumer = LaneConsumer(redis)
    await consumer.claim([(lease, 1)])
    await redis.hset(KEYS.counters, "relisted", "not ours")  # type: ignore[misc]
    commit = Commit(lease, [Complete("1", "relisted", {"product_id": "1"})], number=1)
    (problem,) = await consumer.commit([commit])
    assert isinstance(problem, Exception)
    assert is_lane_corruption(problem)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(CORRUPT, "1", category_id="9"))])
    await consumer.claim([(lease, 1)])
    await consumer.commit([commit])
    assert await redis.hlen(KEYS.jobs) == 1, "the repeated commit ended a newer job"  # type: ignore[misc]
    assert len(await outcomes(redis)) == 1


async def test_entries_for_a_corrupt_lane_are_rejected_with_the_reason(redis: Redis) -> None:
    for shop_id in (CORRUPT, HEALTHY):
        await ShopRegistry(redis).add(Shop(shop_id, "c", "US", shop_id))
    intake = Intake(redis, "g1", CollectorRegistry())
    await intake.prepare()
    await corrupt_key(redis, KEYS.waiting)
    for product in ("1", "2", "3"):
        for shop_id in (CORRUPT, HEALTHY):
            await redis.xadd(INTAKE, {"job": orjson.dumps({"shop_id": shop_id, "product_id": product})})
    with capture_logs() as logs:
        assert await intake.read(block_ms=10) == 6
    assert [each["shop_id"] for each in logs if each["event"] == "lane_corrupted"] == [CORRUPT] * 3
    assert sorted(await redis.hkeys(lane_keys(HEALTHY).jobs)) == [b"1", b"2", b"3"]  # type: ignore[misc]
    assert not await redis.exists(KEYS.jobs), "a job is stored without being in a list"
    rejected = [fields for _, fields in await redis.xrange(INTAKE_REJECTED)]
    assert [orjson.loads(fields[b"job"])["product_id"] for fields in rejected] == ["1", "2", "3"]
    assert all(b"WRONGTYPE" in fields[b"error"] for fields in rejected)
    assert (await redis.xpending(INTAKE, GROUP))["pending"] == 0


async def test_feed_waits_for_a_corrupt_ready_set(redis: Redis) -> None:
    await ShopRegistry(redis).add(Shop(HEALTHY, "c", "US", HEALTHY))
    intake = Intake(redis, "g1", CollectorRegistry())
    await intake.prepare()
    await redis.set(READY, "not ours")
    await redis.xadd(INTAKE, {"job": orjson.dumps({"shop_id": HEALTHY, "product_id": "1"})})
    with pytest.raises(ResponseError) as problem:
        await intake.read(block_ms=10)
    assert not isinstance(problem.value, CorruptLane)
    assert (await redis.xpending(INTAKE, GROUP))["pending"] == 1
    assert await redis.xlen(INTAKE_REJECTED) == 0


async def test_corrupt_lane_is_reported_and_skipped_by_the_reaper(redis: Redis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(shop, "1")) for shop in (CORRUPT, HEALTHY)])
    await redis.delete(READY)
    await corrupt_key(redis, KEYS.jobs)
    await corrupt_key(redis, KEYS.delayed)
    corrupt, healthy = await read_lane_stats(redis, [CORRUPT, HEALTHY])
    assert (corrupt.state, healthy.state, healthy.waiting) == ("corrupt", "active", 1)
    assert "WRONGTYPE" in corrupt.reason
    assert await requeue_orphaned_shops(redis, [CORRUPT, HEALTHY]) == [HEALTHY]


async def test_web_ui_and_backlog_scan_show_the_other_shops(redis: Redis) -> None:
    shops = [Shop(shop_id, "c", "US", shop_id) for shop_id in (CORRUPT, HEALTHY)]
    for shop in shops:
        await ShopRegistry(redis).add(shop)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(HEALTHY, "1"))])
    await redis.hset(lane_keys(HEALTHY).blocked, "2", orjson.dumps({"reasons": [{"code": "brand"}]}))  # type: ignore[misc]
    await corrupt_key(redis, KEYS.blocked)
    corrupt, healthy = (await read_fleet(redis, 30)).shops
    assert (corrupt.state, healthy.state, healthy.queued, healthy.lane.blocked) == ("corrupt", "active", 1, 1)
    assert "WRONGTYPE" in corrupt.reason
    census = await scan_backlog(redis, shops, TokenCipher("k" * 32), Transport("http://x", "http://x", "k", "s"))
    assert census.blocked == {"brand": 1}


@pytest.mark.parametrize("text", ["MISCONF Redis is configured", "NOREPLICAS Not enough", "BUSY Redis is busy"])
def test_server_errors_are_not_lane_corruption(text: str) -> None:
    assert not is_lane_corruption(ResponseError(text))
    assert not is_lane_corruption(ReadOnlyError("You can't write against a read only replica."))
