"""Finds shops with work that the ready set has forgotten: a producer may die between filling a lane and saying so."""

from __future__ import annotations

from collections.abc import Iterable

from shop_queue.connect import AnyRedis
from shop_queue.keys import READY, lane_keys
from shop_queue.leases import wake


async def wake_forgotten(redis: AnyRedis, shop_ids: Iterable[str]) -> list[str]:
    """The shops that were woken. One that is parked for a while is too: its next holder puts it back to rest."""
    forgotten = []
    for shop_id in shop_ids:
        keys = lane_keys(shop_id)
        if await redis.execute_command("ZSCORE", READY, shop_id) is not None:
            continue
        state, until = await redis.execute_command("HMGET", keys.control, "state", "until")
        if state in (b"paused", b"parked") and until in (None, b"0"):
            continue
        if await redis.execute_command("HLEN", keys.jobs):
            forgotten.append(shop_id)
    await wake(redis, [(shop_id, 0.0) for shop_id in forgotten])
    return forgotten
