"""Every key in Redis after all work is done: known by name, and gone where nothing should be left."""

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
"""Their size hangs on shops and blocked products, or is capped."""
PASSES = (
    r"relist:catalogue:.+",
    r"relist:webhook:.+",
    r"relist:fleet:reporter",
    r"relist:writable",
    r"relist:\{\d+\}:taken",
    r"(\{arq:abort\}|arq:).*",
)
"""Keys with an expiry: each must have one."""


async def unaccounted(redis: Redis) -> list[str]:
    """The keys that should not be there, or should have an end and have none."""
    found = []
    async for key in redis.scan_iter("*", count=1000):
        name = key.decode()
        if any(re.fullmatch(pattern, name) for pattern in STAYS):
            continue
        if any(re.fullmatch(pattern, name) for pattern in PASSES) and await redis.pttl(name) != -1:
            continue
        found.append(name)
    return sorted(found)
