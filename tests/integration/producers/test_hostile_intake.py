"""Hostile intake entries neither stop the feed nor use unbounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from structlog.testing import capture_logs

from model.shop import Shop
from producers import intake as intake_module
from producers.intake import Intake
from shop_queue.intake_stream import GROUP
from shop_queue.keys import INTAKE, INTAKE_REJECTED, lane_keys
from shop_queue.producer import Enqueued, EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry

SHOP = "7494"
LARGE = 300 * 1024


def job(product_id: str, **more: object) -> bytes:
    return orjson.dumps({"shop_id": SHOP, "product_id": product_id, **more})


async def intake_of(redis: Redis, registry: CollectorRegistry | None = None, **options: int) -> Intake:
    await ShopRegistry(redis).add(Shop(SHOP, "c", "US", SHOP))
    intake = Intake(redis, "g1", registry or CollectorRegistry(), **options)
    await intake.prepare()
    return intake


async def queued(redis: Redis) -> list[bytes]:
    return sorted(await redis.hkeys(lane_keys(SHOP).jobs))


async def test_processed_entries_are_deleted(redis: Redis) -> None:
    intake = await intake_of(redis)
    for fields in ({"job": job("1")}, {"job": b"x"}):
        await redis.xadd(INTAKE, fields)
    assert await intake.read(block_ms=10) == 2
    assert await redis.xlen(INTAKE) == 0
    assert (await redis.xpending(INTAKE, GROUP))["pending"] == 0
    assert await redis.xlen(INTAKE_REJECTED) == 1


async def test_large_entries_are_read_in_small_batches(redis: Redis) -> None:
    intake = await intake_of(redis)
    for _ in range(12):
        await redis.xadd(INTAKE, {"job": b"x" * LARGE})
    batches = []
    while read := await intake.read(block_ms=1):
        batches.append(read)
    assert sum(batches) == 12
    assert max(batches) * LARGE <= intake_module.READ_BYTES + LARGE
    rejected = await redis.xrange(INTAKE_REJECTED)
    assert all(fields[b"job"] == b"x" * LARGE for _, fields in rejected)


async def test_abandoned_entries_are_claimed_before_new_ones(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shop_queue.intake_stream.ABANDONED_MS", 0)
    intake = await intake_of(redis)
    for number in range(1, 40):
        await redis.xadd(INTAKE, {"job": job(str(number))})
    await redis.xreadgroup(GROUP, "dead", {INTAKE: ">"}, count=25)
    assert await intake.read(block_ms=10) == 39
    assert len(await queued(redis)) == 39
    assert (await redis.xpending(INTAKE, GROUP))["pending"] == 0


async def test_internal_error_rejects_one_entry_and_the_feed_continues(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueue = LaneProducer.enqueue

    async def breaks(lanes: LaneProducer, additions: Iterable[EnqueueRequest], **more: Any) -> Enqueued:
        given = list(additions)
        if any(addition.job.id == "2" for addition in given):
            raise ValueError("unexpected")
        return await enqueue(lanes, given, **more)

    monkeypatch.setattr(LaneProducer, "enqueue", breaks)
    intake = await intake_of(redis)
    for product_id in ("1", "2", "3"):
        await redis.xadd(INTAKE, {"job": job(product_id, brand_id="7")})
    with capture_logs() as logs:
        assert await intake.read(block_ms=10) == 3
    assert await queued(redis) == [b"1", b"3"]
    ((_, fields),) = await redis.xrange(INTAKE_REJECTED)
    assert b"internal error" in fields[b"error"]
    assert orjson.loads(fields[b"job"])["product_id"] == "2"
    assert [each["event"] for each in logs].count("intake_entry_error") == 1
    assert (await redis.xpending(INTAKE, GROUP))["pending"] == 0


async def test_duplicate_field_is_rejected_and_both_values_are_kept(redis: Redis) -> None:
    intake = await intake_of(redis)
    await redis.execute_command("XADD", INTAKE, "*", "job", job("1"), "job", job("2"))
    await intake.read(block_ms=10)
    assert await queued(redis) == []
    ((_, flat),) = await redis.execute_command(
        "EVAL", "return redis.call('XRANGE', KEYS[1], '-', '+')", 1, INTAKE_REJECTED
    )
    assert [flat[place + 1] for place in range(0, len(flat), 2) if flat[place] == b"job"] == [job("1"), job("2")]


async def test_rejections_are_capped_and_drops_are_counted(redis: Redis) -> None:
    registry = CollectorRegistry()
    intake = await intake_of(redis, registry, rejected_maxlen=300)
    with capture_logs() as logs:
        for _ in range(5):
            for _ in range(200):
                await redis.xadd(INTAKE, {"job": b"x"})
            await intake.read(block_ms=10)
    kept = await redis.xlen(INTAKE_REJECTED)
    assert 300 <= kept < 1000
    assert registry.get_sample_value("relist_intake_rejected_dropped_total") == 1000 - kept
    assert sum(each["count"] for each in logs if each["event"] == "intake_rejected_dropped") == 1000 - kept


async def test_feed_continues_after_the_stream_is_deleted(redis: Redis) -> None:
    intake = await intake_of(redis)
    running = asyncio.create_task(intake.run())
    await redis.delete(INTAKE)
    await redis.xadd(INTAKE, {"job": job("1")})
    try:
        async with asyncio.timeout(10):
            while await queued(redis) != [b"1"]:
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
