"""A small fleet in the middle of its work, as the page is to show it."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import orjson
from redis.asyncio import Redis

from model.job import Job
from model.shop import Shop
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry
from tests.support.blocked_records import BRAND, CATEGORY, CERTIFICATE, MATERIAL, block

NAMES = ("Blue Harbour", "Cotton & Co", "Fjord Outdoor", "Little Fox", "North Pantry", "Orchid Beauty")
TITLES = ("Linen shirt", "Striped T-shirt", "Hooded jacket", "Wool jumper", "Canvas trousers", "Rain coat")
EVIL = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script> shirt"


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
        await LaneProducer(redis).enqueue(
            EnqueueRequest(Job(shop_id, str(1729100000000000001 + n))) for n in range(rng.randrange(20, 300))
        )
    await LaneProducer(redis).set_state("7494000000000000005", "paused", "stocktaking")
    await block(redis, "7494000000000000001", "1729000000000000777", MATERIAL, title=EVIL)
    await ShopRegistry(redis).add(Shop("7494000000000000001", "cipher", "US", "7494000000000000001", NAMES[0]))
    write_journal(journal)


def write_journal(journal: Path) -> None:
    journal.mkdir(exist_ok=True)
    entry = {
        "at": "2026-11-24T04:58:12+00:00",
        "shop_id": "7494000000000000001",
        "product_id": "1729000000000000777",
        "run_id": "spring",
        "rule": "own_leaf",
        "evidence": {"path": "Clothes > Shirts > T-Shirts"},
        "before": {"title": EVIL, "category_chains": [{"id": "601226"}]},
        "edit": {"category_id": "853000", "category_version": "v2"},
    }
    (journal / "20261124T045800.jsonl.gz").write_bytes(gzip.compress(orjson.dumps(entry) + b"\n"))
