"""Checks the keys left in Redis after all work is done: each is expected or will expire."""

from __future__ import annotations

import re

from redis.asyncio import Redis

STAYS = (
    r"relist:shops",
    r"relist:shops:ready",
    r"\{relist:shops:ready\}:(holders|fence|workers|wakes)",
    r"relist:outcomes",
    r"relist:(enqueued|heartbeat)",
    r"relist:\{heartbeat\}:.+",
    r"relist:intake(:rejected)?",
    r"relist:\{\d+\}:(control|counters|blocked)",
    r"relist:token:\{\d+\}",
)
"""Permanent keys: their size depends on the number of shops and blocked products, or is capped."""
PASSES = (
    r"relist:catalogue:.+",
    r"relist:webhook:.+",
    r"relist:fleet:reporter",
    r"relist:fleet:runs",
    r"relist:writable",
    r"relist:\{\d+\}:taken",
    r"(\{arq:abort\}|arq:).*",
)
"""Keys with an expiry: each must have one."""


async def unaccounted(redis: Redis) -> list[str]:
    """Unexpected keys, and keys that should expire and do not."""
    found = []
    async for key in redis.scan_iter("*", count=1000):
        name = key.decode()
        if any(re.fullmatch(pattern, name) for pattern in STAYS):
            continue
        if any(re.fullmatch(pattern, name) for pattern in PASSES) and await redis.pttl(name) != -1:
            continue
        found.append(name)
    return sorted(found)
