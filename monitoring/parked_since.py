"""Remembers since when each shop has been parked, for alerts.

A parked shop is retried now and then and parked again for the same reason, so the queue does not know when the problem
began. The gateway that collects the fleet's metrics keeps it in Redis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from redis_client.connect import AnyRedis

KEY = "relist:fleet:parked"
FORGOTTEN_SECONDS = 900.0
"""Seconds for which a shop may work between two parks that count as one."""


@dataclass(frozen=True, slots=True)
class Parked:
    reason: str
    """Label of monitoring/park_reasons.py."""
    since: float
    """Unix seconds."""
    seen: float
    """Unix seconds at which the shop was last seen parked."""


def updated(before: Mapping[str, Parked], reasons: Mapping[str, str], now: float) -> dict[str, Parked]:
    """Return the new memory. `reasons`: ID of each shop that is parked now -> label. Pure."""
    remembered = {shop: parked for shop, parked in before.items() if now - parked.seen <= FORGOTTEN_SECONDS}
    for shop, reason in reasons.items():
        known = remembered.get(shop)
        since = known.since if known is not None and known.reason == reason else now
        remembered[shop] = Parked(reason, since, now)
    return remembered


async def parked_since(redis: AnyRedis, reasons: Mapping[str, str], now: float) -> dict[str, Parked]:
    """Update the memory; return the shops that are parked now. Raises RedisError."""
    stored = await redis.execute_command("GET", KEY)
    before = {shop: Parked(*each) for shop, each in orjson.loads(stored).items()} if stored else {}
    remembered = updated(before, reasons, now)
    if remembered or before:
        body = {shop: (each.reason, each.since, each.seen) for shop, each in remembered.items()}
        await redis.execute_command("SET", KEY, orjson.dumps(body), "EX", int(FORGOTTEN_SECONDS))
    return {shop: each for shop, each in remembered.items() if shop in reasons}
