"""The Redis server's time: a common clock for processes whose own clocks may disagree."""

from __future__ import annotations

from redis_client.connect import AnyRedis


async def server_milliseconds(redis: AnyRedis) -> int:
    """Unix time in milliseconds. Raises one of REDIS_UNAVAILABLE."""
    seconds, microseconds = await redis.execute_command("TIME")
    return int(seconds) * 1000 + int(microseconds) // 1000
