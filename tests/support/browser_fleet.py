"""A small fleet with work in progress, for tests of the web UI."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

from redis.asyncio import Redis

from model.job import Job
from model.shop import Shop
from record.entry import NewEdit, NewEvent
from record.opening import open_record
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry
from tests.support.blocked_records import BRAND, CATEGORY, CERTIFICATE, MATERIAL, block

NAMES = ("Blue Harbour", "Cotton & Co", "Fjord Outdoor", "Little Fox", "North Pantry", "Orchid Beauty")
TITLES = ("Linen shirt", "Striped T-shirt", "Hooded jacket", "Wool jumper", "Canvas trousers", "Rain coat")
FLEET_AT = datetime(2026, 11, 24, 4, 58, 12, tzinfo=UTC)
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script> shirt"


async def fleet(redis: Redis, journal: Path) -> None:
    rng = random.Random(5)
    reasons = ((MATERIAL,), (MATERIAL,), (MATERIAL,), (BRAND,), (CATEGORY,), (CERTIFICATE, MATERIAL))
    for place, name in enumerate(NAMES):
        shop_id = str(7494000000000000001 + place)
        for number in range(rng.randrange(4, 30)):
            title = f"{rng.choice(TITLES)} {number}"
            await block(redis, shop_id, str(1729000000000000001 + number), *rng.choice(reasons), title=title)
        await ShopRegistry(redis).add(Shop(shop_id, "cipher", "US" if place < 4 else "GB", shop_id, name))
        done = {
            "relisted": rng.randrange(200, 900),
            "already_v2": rng.randrange(50),
            "rejected": 2,
            "failed": place % 2,
        }
        await redis.hset(lane_keys(shop_id).counters, mapping=done)
        await redis.hset(lane_keys(shop_id).states, mapping=done)
        await LaneProducer(redis).enqueue(
            EnqueueRequest(Job(shop_id, str(1729100000000000001 + n))) for n in range(rng.randrange(20, 300))
        )
    await LaneProducer(redis).set_state("7494000000000000005", "paused", "stocktaking")
    await block(redis, "7494000000000000001", "1729000000000000777", MATERIAL, title=HOSTILE)
    await ShopRegistry(redis).add(Shop("7494000000000000001", "cipher", "US", "7494000000000000001", NAMES[0]))
    await write_record(journal)


async def write_record(directory: Path) -> None:
    """Records one accepted edit of the product with the hostile title."""
    record = open_record("", directory)
    at = FLEET_AT
    number = await record.append(
        NewEdit(
            at,
            "7494000000000000001",
            "1729000000000000777",
            "relist",
            "spring",
            "own_leaf",
            {"category_id": "853000", "category_version": "v2"},
            {"title": HOSTILE, "category_chains": [{"id": "601226"}]},
            evidence={"path": "Clothes > Shirts > T-Shirts"},
        )
    )
    await record.append_event(NewEvent(number, at, "answered", {"outcome": "in_audit", "request_id": "req-1"}))
    await record.close()
