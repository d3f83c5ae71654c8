"""Whether a gateway is alive: the one that collects the fleet's metrics holds a key in Redis."""

from __future__ import annotations

from redis_client.connect import AnyRedis

LEADER = "relist:fleet:reporter"
"""Key that holds the ID of the collecting gateway."""


async def gateway_is_alive(redis: AnyRedis) -> bool:
    """Return whether a gateway collects; the key expires within a minute of the last gateway's death.

    Raises RedisError.
    """
    return bool(await redis.exists(LEADER))
