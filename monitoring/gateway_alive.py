"""Whether a gateway is alive: one of them collects the fleet's metrics and holds a key meanwhile."""

from __future__ import annotations

from redis_client.connect import AnyRedis

LEADER = "relist:fleet:reporter"
"""Key that holds the ID of the collecting gateway."""


async def gateway_is_alive(redis: AnyRedis) -> bool:
    """Return whether a gateway collects; the key ends less than a minute after the last one has died.

    Raises RedisError.
    """
    return bool(await redis.exists(LEADER))
