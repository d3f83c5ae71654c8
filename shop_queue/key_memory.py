"""Estimates how much memory each kind of key uses, so that an alert can name what fills Redis."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence

from redis_client.connect import AnyRedis
from redis_client.pipelines import in_pipelines
from shop_queue.keys import INTAKE, INTAKE_REJECTED, OUTCOMES, lane_keys

SAMPLES = 20
"""Number of a key's entries whose size Redis samples."""
SHOPS_PER_STEP = 100
FLEET_KEYS = {"outcomes": OUTCOMES, "intake": INTAKE, "rejected": INTAKE_REJECTED}
KINDS = (*FLEET_KEYS, "jobs", "products", "blocked", "outbox")
"""Kinds of keys that grow with the fed jobs. `jobs` also counts the lists and sets of job ids."""


async def key_memory(redis: AnyRedis, shop_ids: Sequence[str]) -> AsyncIterator[Counter[str]]:
    """Yields bytes by kind: first the streams of the fleet, then the lanes of a few shops at a time.

    Raises one of REDIS_UNAVAILABLE.
    """
    yield await _used(redis, list(FLEET_KEYS.items()))
    for first in range(0, len(shop_ids), SHOPS_PER_STEP):
        step = shop_ids[first : first + SHOPS_PER_STEP]
        yield await _used(redis, [named for shop_id in step for named in _lane(shop_id)])


def _lane(shop_id: str) -> list[tuple[str, str]]:
    keys = lane_keys(shop_id, own_outbox=True)
    jobs = (keys.jobs, keys.urgent, keys.waiting, keys.delayed, keys.inflight)
    return [
        *(("jobs", key) for key in jobs),
        ("products", keys.products),
        ("blocked", keys.blocked),
        ("outbox", keys.outbox),
    ]


async def _used(redis: AnyRedis, named: Sequence[tuple[str, str]]) -> Counter[str]:
    commands = [("MEMORY", "USAGE", key, "SAMPLES", str(SAMPLES)) for _, key in named]
    used: Counter[str] = Counter()
    for (kind, _), size in zip(named, await in_pipelines(redis, commands), strict=True):
        used[kind] += int(size or 0)
    return used
