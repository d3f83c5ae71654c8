"""Deletes all queue data of a shop after its removal from the registry."""

from __future__ import annotations

from redis_client.connect import AnyRedis, is_cluster
from redis_client.pipelines import in_pipelines
from shop_queue.keys import HOLDERS, OUTCOMES, PENDING_WAKES, READY, RELAYED, lane_keys
from shop_queue.outcome_relay import OutcomeRelay


async def remove_lane(redis: AnyRedis, shop_id: str, outcomes_maxlen: int = 1_000_000) -> None:
    """Deletes the lane, its counters and blocked products, and its lease. Published outcomes stay.

    A worker that still holds the shop is fenced. Raises one of REDIS_UNAVAILABLE; repeating the call is safe.
    """
    await OutcomeRelay(redis, outcomes_maxlen).relay([shop_id])
    keys = set(lane_keys(shop_id, own_outbox=is_cluster(redis))) - {OUTCOMES}
    commands: list[tuple[str, ...]] = [("DEL", key) for key in sorted(keys)]
    commands += [("ZREM", READY, shop_id), ("HDEL", HOLDERS, shop_id), ("HDEL", PENDING_WAKES, shop_id)]
    commands.append(("HDEL", RELAYED, shop_id, f"{shop_id}|position", f"{shop_id}|checkpoint"))
    await in_pipelines(redis, commands)
