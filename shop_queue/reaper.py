"""Finds shops with work that the ready set has forgotten: a producer may die between filling a lane and saying so."""

from __future__ import annotations

from collections.abc import Iterable

from redis.exceptions import ResponseError

from redis_client.connect import AnyRedis
from shop_queue.corrupt_lane import is_lane_corruption
from shop_queue.keys import READY, lane_keys
from shop_queue.leases import wake


async def requeue_orphaned_shops(redis: AnyRedis, shop_ids: Iterable[str]) -> list[str]:
    """The shops that were woken. One that is parked for a while is too: its next holder puts it back to rest."""
    forgotten = []
    for shop_id in shop_ids:
        if await redis.execute_command("ZSCORE", READY, shop_id) is not None:
            continue
        try:
            if await _has_work(redis, shop_id):
                forgotten.append(shop_id)
        except ResponseError as error:
            if not is_lane_corruption(error):
                raise
            # The gateway's measuring tells of it; the shops behind it are looked at all the same.
    await wake(redis, [(shop_id, 0.0) for shop_id in forgotten])
    return forgotten


async def _has_work(redis: AnyRedis, shop_id: str) -> bool:
    keys = lane_keys(shop_id)
    state, until = await redis.execute_command("HMGET", keys.control, "state", "until")
    if state in (b"paused", b"parked") and until in (None, b"0"):
        return False
    return bool(await redis.execute_command("HLEN", keys.jobs))
