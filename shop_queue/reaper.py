"""Requeues shops with work that are missing from the ready set: a producer may die between enqueue and wake."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from redis_client.connect import AnyRedis
from redis_client.pipelines import replies_in_pipelines
from shop_queue.corrupt_lane import is_lane_corruption
from shop_queue.keys import READY, lane_keys
from shop_queue.leases import wake

SHOPS_PER_ROUND_TRIP = 500


async def requeue_orphaned_shops(redis: AnyRedis, shop_ids: Iterable[str]) -> list[str]:
    """Returns the shops that were woken. Takes a few round trips per 500 shops.

    A shop parked for a limited time is woken too; its next consumer releases it with the remaining time.
    Raises one of REDIS_UNAVAILABLE.
    """
    known, orphaned = list(shop_ids), list[str]()
    for first in range(0, len(known), SHOPS_PER_ROUND_TRIP):
        batch = known[first : first + SHOPS_PER_ROUND_TRIP]
        scores = await redis.execute_command("ZMSCORE", READY, *batch)
        missing = [shop_id for shop_id, score in zip(batch, scores, strict=True) if score is None]
        found = await _with_work(redis, missing)
        await wake(redis, [(shop_id, 0.0) for shop_id in found])
        orphaned += found
    return orphaned


async def _with_work(redis: AnyRedis, shop_ids: Sequence[str]) -> list[str]:
    commands: list[tuple[str, ...]] = []
    for shop_id in shop_ids:
        keys = lane_keys(shop_id)
        commands += [("HMGET", keys.control, "state", "until"), ("HLEN", keys.jobs)]
    replies = await replies_in_pipelines(redis, commands)
    found = []
    for shop_id, control, jobs in zip(shop_ids, replies[::2], replies[1::2], strict=True):
        errors = [each for each in (control, jobs) if isinstance(each, Exception)]
        for error in errors:
            # The fleet metrics report corrupt lanes; the other shops are still checked.
            if not is_lane_corruption(error):
                raise error
        if not errors and jobs and not _is_stopped(*control):
            found.append(shop_id)
    return found


def _is_stopped(state: bytes | None, until: bytes | None) -> bool:
    """Whether only an operator can resume the shop."""
    return state in (b"paused", b"parked") and until in (None, b"0")
