"""The intake stream on a real server."""

from __future__ import annotations

import orjson
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from producers.intake import GROUP, Intake
from shop_queue.keys import INTAKE, INTAKE_REJECTED, lane_keys
from shop_queue.shops import Shop, ShopRegistry


async def test_good_ones_go_in_bad_ones_are_kept_and_nothing_stays_pending(redis: Redis) -> None:
    await ShopRegistry(redis).add(Shop("7494", "c", "US", "7494"))
    good = {"shop_id": "7494", "product_id": "1"}
    await redis.xadd(INTAKE, {"job": orjson.dumps(good)})
    await redis.xadd(INTAKE, {"jobs": orjson.dumps([{**good, "product_id": "2"}, {**good, "product_id": 3}])})
    await redis.xadd(INTAKE, {"job": b"\x80\x04garbage"})
    await redis.xadd(INTAKE, {"error": b"field of theirs"})
    await redis.xadd(INTAKE, {"job": orjson.dumps({**good, "shop_id": "999"})})
    intake = Intake(redis, "g1", CollectorRegistry())
    await intake._ensure_group()
    assert await intake.read(block_ms=10) == 5
    assert sorted(await redis.hkeys(lane_keys("7494").jobs)) == [b"1", b"2"]
    rejected = [fields for _, fields in await redis.xrange(INTAKE_REJECTED)]
    assert [each[b"error"].split(b":")[0] for each in rejected] == [b"jobs[1].product_id", b"job", b"job", b"shop_id"]
    assert rejected[1][b"job"] == b"\x80\x04garbage"
    assert rejected[2][b"raw_error"] == b"field of theirs"
    assert (await redis.xpending(INTAKE, GROUP))["pending"] == 0
