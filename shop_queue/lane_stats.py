"""What the lanes hold, for those who watch: a fixed number of cheap reads a shop, however many products it has."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from redis_client.connect import AnyRedis, is_cluster
from redis_client.scripts import Call, load_script, run_many
from redis_client.server_time import server_milliseconds
from shop_queue.corrupt_lane import is_lane_corruption
from shop_queue.keys import HOLDERS, READY, WORKERS, lane_keys
from shop_queue.run_progress import left_of_sweep

SHOPS_AT_ONCE = 250
"""LaneProducer a round trip: short enough that a worker's commit never waits long behind it."""


@dataclass(frozen=True, slots=True)
class LaneStats:
    waiting: int
    delayed: int
    """Retries, snoozes and audits whose time has not come."""
    in_flight: int
    in_audit: int
    oldest_audit_seconds: float | None
    blocked: int
    """Products whose last outcome needs a person."""
    state: str
    """active, paused or parked; or `broken`: nothing could be read of it."""
    paces: Mapping[str, float]
    """Endpoint class -> requests a second the shop was last paced at; empty before its first commit."""
    outcomes: Mapping[str, int]
    reason: str = ""
    """Why it is paused or parked."""
    ends_seconds: float | None = None
    """Seconds until it goes on by itself; None = when somebody ends it."""
    limit: float | None = None
    """Requests a second a person allows it."""
    left: int | None = None
    """Products of its last sweep that were not in hand yet; None = never swept."""

    @property
    def queued(self) -> int:
        """Jobs of all kinds that wait or run, audits too."""
        return self.waiting + self.delayed + self.in_flight


@dataclass(frozen=True, slots=True)
class FleetStats:
    leased: int
    due: int
    """Shops that have work now and no worker."""
    oldest_due_seconds: float
    """How long the first of them has waited; 0 when none does."""
    workers: int
    """Those that gave a sign of life within the given time."""


async def read_lane_stats(redis: AnyRedis, shop_ids: Sequence[str]) -> list[LaneStats]:
    """In the order of the shops; one whose lane is broken does not hide the others. Raises RedisError."""
    script, own_outbox = load_script("shop_queue", "measure"), is_cluster(redis)
    measures = []
    for first in range(0, len(shop_ids), SHOPS_AT_ONCE):
        lanes = [lane_keys(shop, own_outbox=own_outbox) for shop in shop_ids[first : first + SHOPS_AT_ONCE]]
        calls = [Call(script, keys, ()) for keys in lanes]
        for reply in await run_many(redis, calls):
            if isinstance(reply, Exception):
                if not is_lane_corruption(reply):
                    raise reply
                measures.append(LaneStats(0, 0, 0, 0, None, 0, "broken", {}, {}, f"its keys in Redis: {reply}"))
            else:
                measures.append(_lane(reply))
        # The process serves webhooks too: they go between two batches.
        await asyncio.sleep(0)
    return measures


def _lane(reply: list[Any]) -> LaneStats:
    now, waiting, delayed, in_flight, in_audit, since, blocked, state, pace, *more = reply
    reason, ends, limit, sweep_total, treated_before, *counters = more
    outcomes = {counters[i].decode(): int(counters[i + 1]) for i in range(0, len(counters), 2)}
    paces = {access: float(learned["rate"]) for access, learned in orjson.loads(pace).items()} if pace else {}
    return LaneStats(
        waiting,
        delayed,
        in_flight,
        in_audit,
        max(0.0, (now - since) / 1000) if since >= 0 else None,
        blocked,
        state.decode() or "active",
        paces,
        outcomes,
        reason.decode(),
        ends / 1000 if ends >= 0 else None,
        float(limit) if limit else None,
        left_of_sweep(sweep_total, treated_before, outcomes) if sweep_total >= 0 else None,
    )


async def read_fleet_stats(redis: AnyRedis, silent_seconds: float) -> FleetStats:
    """Raises redis.exceptions.RedisError."""
    now = await server_milliseconds(redis)
    head = await redis.zrange(READY, 0, 0, withscores=True)
    return FleetStats(
        leased=int(await redis.execute_command("HLEN", HOLDERS)),
        due=int(await redis.execute_command("ZCOUNT", READY, "-inf", now)),
        oldest_due_seconds=max(0.0, (now - float(head[0][1])) / 1000) if head else 0.0,
        workers=int(await redis.execute_command("ZCOUNT", WORKERS, now - int(silent_seconds * 1000), "+inf")),
    )
