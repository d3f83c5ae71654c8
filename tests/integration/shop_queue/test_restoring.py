"""Ends of products are restored once, count by state, and block the products that were blocked."""

from __future__ import annotations

from redis.asyncio import Redis

from model.job import Job, audit_job_id
from shop_queue.blocked_products import scan_blocked
from shop_queue.keys import lane_keys
from shop_queue.lane_stats import read_lane_stats
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.restoring import RestoredEnd, restore_ends

SHOP = "7494"
ENDS = [
    *(RestoredEnd(str(number), "relisted") for number in range(1200)),
    RestoredEnd("5000", "rejected", {"outcome": "rejected", "reasons": []}),
    RestoredEnd("5001", "gone"),
]


async def test_repeated_restoring_changes_nothing(redis: Redis) -> None:
    assert await restore_ends(redis, SHOP, ENDS) == 1202
    assert await restore_ends(redis, SHOP, [*ENDS, RestoredEnd("5000", "relisted")]) == 0
    (lane,) = await read_lane_stats(redis, [SHOP])
    counted = {state: number for state, number in lane.products.by_state.items() if number}
    assert counted == {"relisted": 1200, "rejected": 1, "gone": 1}
    assert [each.product_id async for batch in scan_blocked(redis, SHOP) for each in batch] == ["5000"]


async def test_products_with_a_job_keep_their_state(redis: Redis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "1"))])
    assert await restore_ends(redis, SHOP, [RestoredEnd("1", "relisted")]) == 0
    (lane,) = await read_lane_stats(redis, [SHOP])
    assert (lane.products.by_state["queued"], lane.products.known) == (1, 1)


async def test_enqueued_audit_is_in_audit(redis: Redis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, audit_job_id("1"), "audit"))])
    (lane,) = await read_lane_stats(redis, [SHOP])
    assert (lane.in_audit, lane.products.by_state["in_audit"]) == (1, 1)
    assert await redis.zrange(lane_keys(SHOP).audits, 0, -1) == [b"1"]
