"""The time of the Redis server, by which processes on hosts whose clocks disagree understand one another."""

from __future__ import annotations

from redis_client.connect import AnyRedis


async def server_milliseconds(redis: AnyRedis) -> int:
    """Unix time. Raises RedisError."""
    seconds, microseconds = await redis.execute_command("TIME")
    return int(seconds) * 1000 + int(microseconds) // 1000
