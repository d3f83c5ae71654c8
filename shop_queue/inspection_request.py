"""Asks a gateway to inspect the shops with a problem again, because someone has acted on them."""

from __future__ import annotations

from redis_client.connect import AnyRedis

REPEATED = "relist:fleet:inspecting:again"
"""Key that exists while these shops need no new inspection (monitoring/shop_inspection.py)."""


async def request_inspection(redis: AnyRedis) -> None:
    """Raises RedisError."""
    await redis.execute_command("DEL", REPEATED)
