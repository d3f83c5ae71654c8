"""The reaper wakes shops whose wake was lost, but not paused ones. Tests of the shop registry are also here."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from model.job import Job
from model.shop import Shop
from shop_queue.consumer import LaneConsumer
from shop_queue.keys import HOLDERS, READY, lane_keys
from shop_queue.leases import Leases
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.reaper import requeue_orphaned_shops
from shop_queue.shop_registry import ShopRegistry, UnknownShop

SHOPS = ("empty", "orphaned", "known", "paused", "parked for good", "parked for a while")


async def test_only_orphaned_shops_are_woken(redis: Redis) -> None:
    lanes = LaneProducer(redis)
    await lanes.enqueue([EnqueueRequest(Job(shop, "1")) for shop in SHOPS if shop != "empty"])
    await lanes.set_state("paused", "paused")
    await lanes.park("parked for good", "the seller left", 0)
    await redis.zrem(READY, *(shop for shop in SHOPS if shop != "parked for a while"))
    (lease,) = (await Leases(redis, "w1", 30).take(1, 0)).leases
    await LaneConsumer(redis).open(lease)
    await LaneConsumer(redis).park(lease, "quota", 600)
    await redis.delete(READY)
    await redis.zadd(READY, {"known": 99})
    await redis.hdel(HOLDERS, "parked for a while")
    assert await requeue_orphaned_shops(redis, SHOPS) == ["orphaned", "parked for a while"]
    assert await redis.zscore(READY, "known") == 99
    assert {shop.decode() for shop in await redis.zrange(READY, 0, -1)} == {"orphaned", "parked for a while", "known"}
    assert await requeue_orphaned_shops(redis, SHOPS) == []
    # Its next consumer releases it for the rest of the park.
    await redis.zadd(READY, {"parked for a while": 0})
    (lease,) = (await Leases(redis, "w1", 30).take(1, 0)).leases
    opened = await LaneConsumer(redis).open(lease)
    assert opened.state == "parked"
    assert opened.until_seconds is not None
    assert 590 < opened.until_seconds <= 600


async def test_ten_thousand_shops_take_few_round_trips(redis: Redis) -> None:
    shops = [str(number) for number in range(10_000)]
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(shop, "1")) for shop in shops[::2]])
    await redis.delete(READY)
    before = int((await redis.info("stats"))["total_reads_processed"])
    assert await requeue_orphaned_shops(redis, shops) == shops[::2]
    reads = int((await redis.info("stats"))["total_reads_processed"]) - before
    # A pipeline of 500 commands may take the server several reads.
    assert reads < 1_000
    assert await redis.zcard(READY) == 5_000


async def test_corrupt_lane_does_not_stop_the_reaper(redis: Redis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(shop, "1")) for shop in ("1", "2", "3")])
    await redis.delete(READY)
    await redis.set(lane_keys("2").control, "not a hash")
    assert await requeue_orphaned_shops(redis, ["1", "2", "3"]) == ["1", "3"]


async def test_shop_is_known_until_removed(redis: Redis) -> None:
    registry, shop = ShopRegistry(redis), Shop("7494", "ROW_secret", "US", "acc", "A shop")
    await registry.add(shop)
    assert await registry.get("7494") == shop
    assert await registry.all() == [shop]
    assert await registry.known("7494")
    assert "ROW_secret" not in repr(shop)
    assert await registry.remove("7494")
    assert not await registry.remove("7494")
    assert not await registry.known("7494")
    with pytest.raises(UnknownShop, match="relist shops connect"):
        await registry.get("7494")
