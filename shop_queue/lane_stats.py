"""Lane statistics for monitoring: a fixed number of cheap reads per shop, whatever its number of products."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis.exceptions import ResponseError

from redis_client.connect import AnyRedis, is_cluster
from redis_client.scripts import ScriptCall, load_script, run_many
from shop_queue.corrupt_lane import is_lane_corruption
from shop_queue.keys import HOLDERS, READY, WORKERS, lane_keys
from shop_queue.pace import read_pace
from shop_queue.product_counts import NO_PRODUCTS, ProductCounts, read_counts
from shop_queue.ready_clock import ready_milliseconds

SHOPS_PER_ROUND_TRIP = 250
"""Small enough that a worker's commit is never delayed for long."""


@dataclass(frozen=True, slots=True)
class LaneStats:
    waiting: int
    delayed: int
    """Retries, snoozes and audit polls that are not due yet."""
    in_flight: int
    in_audit: int
    oldest_audit_seconds: float | None
    blocked: int
    """Products whose last outcome needs a person."""
    state: str
    """active, paused or parked; or `corrupt` if the lane cannot be read."""
    paces: Mapping[str, float]
    """Endpoint class -> the shop's last rate in requests per second; empty before its first commit."""
    outcomes: Mapping[str, int]
    reason: str = ""
    """Why it is paused, parked or corrupt."""
    ends_seconds: float | None = None
    """Seconds until the state ends; None = when an operator ends it."""
    limit: float | None = None
    """The operator's limit on its requests per second."""
    products: ProductCounts = NO_PRODUCTS
    """Known products by state."""
    on_v1: int | None = None
    """Products on v1, as counted by the platform when the last search began; None = never searched."""
    unseen: int = 0
    """Products of `on_v1` that the search has not found yet."""

    @property
    def left(self) -> int:
        """Products still on v1: known ones, and those the search has not found yet. Drafts do not count."""
        return self.products.for_machines + self.products.for_people + self.unseen

    @property
    def queued(self) -> int:
        """Jobs of all kinds that wait or run, audits included."""
        return self.waiting + self.delayed + self.in_flight


@dataclass(frozen=True, slots=True)
class FleetStats:
    leased: int
    due: int
    """Shops that have work now and no worker."""
    oldest_due_seconds: float
    """How long the longest-waiting one has waited; 0 if none waits."""
    workers: int
    """Workers whose last heartbeat is younger than the given time."""


async def read_lane_stats(redis: AnyRedis, shop_ids: Sequence[str]) -> list[LaneStats]:
    """Returns the stats in the order of the shops; a corrupt lane does not hide the others. Raises one of
    REDIS_UNAVAILABLE.
    """
    script, own_outbox = load_script("shop_queue", "stats"), is_cluster(redis)
    stats = []
    for first in range(0, len(shop_ids), SHOPS_PER_ROUND_TRIP):
        lanes = [lane_keys(shop, own_outbox=own_outbox) for shop in shop_ids[first : first + SHOPS_PER_ROUND_TRIP]]
        for reply in await run_many(redis, [ScriptCall(script, keys, ()) for keys in lanes]):
            try:
                stats.append(_lane(reply))
            except (ResponseError, ValueError) as error:
                if isinstance(error, ResponseError) and not is_lane_corruption(error):
                    raise
                stats.append(LaneStats(0, 0, 0, 0, None, 0, "corrupt", {}, {}, f"its keys in Redis: {error}"))
        # The process also serves webhooks; let them run between two batches.
        await asyncio.sleep(0)
    return stats


def _lane(reply: list[Any] | Exception) -> LaneStats:
    """Raises the error, or ValueError for values that this service does not write."""
    if isinstance(reply, Exception):
        raise reply
    now, waiting, delayed, in_flight, in_audit, since, blocked, state, pace, *more = reply
    reason, ends, limit, on_v1, unseen, counters, states = more
    return LaneStats(
        waiting=waiting,
        delayed=delayed,
        in_flight=in_flight,
        in_audit=in_audit,
        oldest_audit_seconds=max(0.0, (now - since) / 1000) if since >= 0 else None,
        blocked=blocked,
        state=state.decode() or "active",
        paces={access: float(learned["rate"]) for access, learned in (read_pace(pace) or {}).items()},
        outcomes=_numbers(counters),
        reason=reason.decode(),
        ends_seconds=ends / 1000 if ends >= 0 else None,
        limit=float(limit) if limit else None,
        products=read_counts(_numbers(states)),
        on_v1=on_v1 if on_v1 >= 0 else None,
        unseen=unseen,
    )


def _numbers(pairs: list[bytes]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for i in range(0, len(pairs), 2):
        name = pairs[i].decode()
        totals[name] = totals.get(name, 0) + int(pairs[i + 1])
    return totals


async def read_fleet_stats(redis: AnyRedis, silent_seconds: float) -> FleetStats:
    """Raises one of REDIS_UNAVAILABLE."""
    now = await ready_milliseconds(redis)
    head = await redis.zrange(READY, 0, 0, withscores=True)
    return FleetStats(
        leased=int(await redis.execute_command("HLEN", HOLDERS)),
        due=int(await redis.execute_command("ZCOUNT", READY, "-inf", now)),
        oldest_due_seconds=max(0.0, (now - float(head[0][1])) / 1000) if head else 0.0,
        workers=int(await redis.execute_command("ZCOUNT", WORKERS, now - int(silent_seconds * 1000), "+inf")),
    )
