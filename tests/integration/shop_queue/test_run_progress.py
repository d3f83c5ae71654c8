"""Products that a search has yet to find, and speeds from published outcomes."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
from redis.asyncio import Redis

from shop_queue.keys import OUTCOMES, lane_keys
from shop_queue.lane_stats import read_lane_stats
from shop_queue.run_progress import begin_progress, note_unseen, speeds


async def test_unseen_products_are_left(redis: Redis) -> None:
    await redis.hset(lane_keys("7494").states, mapping={"queued": 50, "relisted": 40})  # type: ignore[misc]
    await begin_progress(redis, "7494", 1000)
    assert [(lane.on_v1, lane.left) for lane in await read_lane_stats(redis, ["7494", "7495"])] == [
        (1000, 1050),
        (None, 0),
    ]
    await note_unseen(redis, "7494", 910)
    assert [(lane.on_v1, lane.left) for lane in await read_lane_stats(redis, ["7494"])] == [(1000, 960)]


async def test_no_outcomes_means_no_speeds(redis: Redis) -> None:
    assert await speeds(redis, datetime.now(UTC)) == {}


async def test_speed_counts_each_product_once(redis: Redis) -> None:
    now = datetime.now(UTC)
    start = int(now.timestamp() * 1000) - 100_000
    for number in range(100):
        for shift, outcome in enumerate(("in_audit", "relisted")):
            body = orjson.dumps({"shop_id": "7494", "product_id": str(number), "outcome": outcome})
            await redis.xadd(OUTCOMES, {"outcome": body}, id=f"{start + number * 1000}-{shift}")
    (speed,) = (await speeds(redis, now)).values()
    assert 0.95 < speed < 1.05
