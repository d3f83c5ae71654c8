"""The time used for leases, heartbeats and due shops: the server's time, except that it never goes back."""

from __future__ import annotations

from redis_client.connect import AnyRedis
from redis_client.server_time import server_milliseconds
from shop_queue.keys import CLOCK


async def ready_milliseconds(redis: AnyRedis) -> int:
    """Unix time in milliseconds, as lua/clock.lua gives it to the scripts of the ready set.

    Raises one of REDIS_UNAVAILABLE.
    """
    stored = await redis.execute_command("HMGET", CLOCK, "clock", "clock_offset")
    latest, offset = (int(value or 0) for value in stored)
    server = await server_milliseconds(redis)
    return server if server >= latest else max(latest, server + offset)
