"""Requeues shops with work that are missing from the ready set: a producer may die between enqueue and wake."""

from __future__ import annotations

from collections.abc import Iterable

from redis.exceptions import ResponseError

from redis_client.connect import AnyRedis
from shop_queue.corrupt_lane import is_lane_corruption
from shop_queue.keys import READY, lane_keys
from shop_queue.leases import wake


async def requeue_orphaned_shops(redis: AnyRedis, shop_ids: Iterable[str]) -> list[str]:
    """Returns the shops that were woken.

    A shop parked for a limited time is woken too; its next consumer gives the lease back with the time that is left.
    """
    orphaned = []
    for shop_id in shop_ids:
        if await redis.execute_command("ZSCORE", READY, shop_id) is not None:
            continue
        try:
            if await _has_work(redis, shop_id):
                orphaned.append(shop_id)
        except ResponseError as error:
            # The fleet metrics report corrupt lanes; the other shops are still checked.
            if not is_lane_corruption(error):
                raise
    await wake(redis, [(shop_id, 0.0) for shop_id in orphaned])
    return orphaned


async def _has_work(redis: AnyRedis, shop_id: str) -> bool:
    keys = lane_keys(shop_id)
    state, until = await redis.execute_command("HMGET", keys.control, "state", "until")
    if state in (b"paused", b"parked") and until in (None, b"0"):
        return False
    return bool(await redis.execute_command("HLEN", keys.jobs))
