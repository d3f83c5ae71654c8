"""The tests of lanes and leases on a cluster, and reads that span its servers."""

from __future__ import annotations

import orjson
from redis.asyncio.cluster import RedisCluster

from console.fleet_table import fleet_state
from model.job import Job
from model.shop import Shop
from shop_queue.blocked_products import count_blocked, read_blocked
from shop_queue.keys import OUTCOMES, READY_KEYS, RELAYED, lane_keys
from shop_queue.lane_stats import read_fleet_stats
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry
from worker.lane_worker import TAG


async def test_keys_share_slots(redis: RedisCluster) -> None:
    def slots(*keys: str) -> set[int]:
        return {redis.keyslot(key) for key in keys}

    assert len(slots(*lane_keys("7494000000000000001", own_outbox=True))) == 1
    assert len(slots(*READY_KEYS)) == 1
    assert len(slots(OUTCOMES, RELAYED)) == 1
    assert slots(TAG + "relist:cron", f"arq:job:{TAG}sweep:1", f"arq:retry:{TAG}sweep:1") == slots("arq:abort")


async def test_blocked_products_are_found_on_every_server(redis: RedisCluster) -> None:
    shops = [str(number) for number in range(7, 19)]
    for shop_id in shops[1:]:
        await redis.hset(lane_keys(shop_id).blocked, "1", orjson.dumps({"reasons": [{"code": "brand"}]}))
    assert await count_blocked(redis, shops) == dict.fromkeys(shops[1:], 1)
    read = await read_blocked(redis, [(shop_id, "1") for shop_id in shops])
    assert [shop_id for (shop_id, _), product in read.items() if product is None] == shops[:1]


async def test_fleet_state_on_a_cluster(redis: RedisCluster) -> None:
    for shop_id in ("7", "8", "9"):
        await ShopRegistry(redis).add(Shop(shop_id, "ROW_x", "US", shop_id))
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(shop_id, "1")) for shop_id in ("7", "9")])
    await LaneProducer(redis).park("8", "the seller has left", 3600)
    state = await fleet_state(redis)
    assert [(shop["shop_id"], shop["queued"], shop["state"]) for shop in state["shops"]] == [
        ("7", 1, "active"),
        ("8", 0, "parked"),
        ("9", 1, "active"),
    ]
    assert (await read_fleet_stats(redis, 10)).due == 2
