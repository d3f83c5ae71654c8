"""The number of v1 products that a shop's last search has yet to find, and the speed at which products end."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import orjson

from redis_client.connect import AnyRedis
from shop_queue.keys import OUTCOMES, lane_keys

PROCESSED = ("in_audit", "needs_input", "failed", "gone", "already_v2")
"""Outcomes of products processed once; `relisted` and `rejected` follow an audit and are counted by `in_audit`."""
SPEED_WINDOW = timedelta(minutes=10)
MAX_OUTCOMES = 20_000


async def begin_progress(redis: AnyRedis, shop_id: str, on_v1: int) -> None:
    """Records that a search has begun and that the platform reports this many products on v1."""
    mapping = {"sweep_total": on_v1, "sweep_unseen": on_v1}
    await redis.hset(lane_keys(shop_id).control, mapping=mapping)  # type: ignore[misc]


async def note_unseen(redis: AnyRedis, shop_id: str, unseen: int) -> None:
    """Records how many products on v1 the search has not found yet, or could not reach if it has ended."""
    await redis.hset(lane_keys(shop_id).control, "sweep_unseen", str(unseen))  # type: ignore[misc]


async def speeds(redis: AnyRedis, now: datetime) -> dict[str, float]:
    """Products per second of each shop over the last minutes, from the published outcomes."""
    first = int((now - SPEED_WINDOW).timestamp() * 1000)
    entries = await redis.xrevrange(OUTCOMES, "+", str(first), count=MAX_OUTCOMES)
    if not entries:
        return {}
    counted: Counter[str] = Counter()
    for _, fields in entries:
        outcome = orjson.loads(fields[b"outcome"])
        if outcome["outcome"] in PROCESSED and outcome["product_id"]:
            counted[outcome["shop_id"]] += 1
    oldest = int(entries[-1][0].partition(b"-")[0]) / 1000
    seconds = max(1.0, now.timestamp() - oldest)
    return {shop_id: count / seconds for shop_id, count in counted.items()}
