"""An entry larger than the limit never leaves Redis: it is rejected by its id, acknowledged, and the feed continues."""

from __future__ import annotations

import orjson
import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from model.shop import Shop
from producers.intake import Intake
from shop_queue.intake_stream import GROUP, LARGEST_ENTRY
from shop_queue.keys import INTAKE, INTAKE_REJECTED, lane_keys
from shop_queue.shop_registry import ShopRegistry
from tests.support.held_lane import SHOP


async def bytes_sent(redis: Redis) -> int:
    return int((await redis.info("stats"))["total_net_output_bytes"])


@pytest.mark.parametrize("delivered_before", [False, True])
async def test_oversized_entry_is_rejected_unread(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, delivered_before: bool
) -> None:
    await ShopRegistry(redis).add(Shop(SHOP, "c", "US", SHOP))
    intake = Intake(redis, "g1", CollectorRegistry())
    await intake.prepare()
    entry_id = await redis.xadd(INTAKE, {"job": b"x" * (2 * LARGEST_ENTRY), "source": "erp"})
    await redis.xadd(INTAKE, {"job": orjson.dumps({"shop_id": SHOP, "product_id": "1"})})
    if delivered_before:
        await redis.xreadgroup(GROUP, "dead", {INTAKE: ">"}, count=1)
        monkeypatch.setattr("shop_queue.intake_stream.ABANDONED_MS", 0)
    before = await bytes_sent(redis)
    while not await redis.hexists(lane_keys(SHOP).jobs, "1"):  # type: ignore[misc]
        await intake.read(block_ms=10)
    assert await bytes_sent(redis) - before < 100_000, "the content was sent to the gateway"
    ((_, rejected),) = await redis.xrange(INTAKE_REJECTED)
    assert rejected[b"entry_id"] == entry_id
    assert rejected[b"error"].startswith(b"entry: 16,777,2")
    assert b"dropped unread" in rejected[b"error"]
    assert (rejected[b"job"], rejected[b"source"]) == (b"x" * 256, b"erp")
    assert (await redis.xpending(INTAKE, GROUP))["pending"] == 0
    assert await redis.xlen(INTAKE) == 0
