"""Derives why a server refuses writes from its own statistics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis

from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis


def obstacle(info: Mapping[str, Any]) -> str:
    """Return one sentence, or an empty string if nothing is known. `info`: the reply to INFO. Pure."""
    if info.get("role") == "slave":
        return "Redis is a replica, which refuses writes: point RELIST_REDIS_URL at the primary, or use Sentinel"
    limit = int(info.get("maxmemory") or 0)
    used = int(info.get("used_memory") or 0) - int(info.get("mem_not_counted_for_evict") or 0)
    if limit and used >= limit:
        return f"Redis is full ({used / 2**20:,.0f} of {limit / 2**20:,.0f} MiB): raise maxmemory"
    if info.get("aof_last_write_status", "ok") != "ok":
        return "Redis cannot write its append-only file: free disk space on its machine, and check its log"
    return ""


async def write_obstacle(redis: AnyRedis) -> str:
    """Return why Redis refuses writes; an empty string if it accepts them or the reason is unknown.

    A cluster is not asked, because each of its servers may have a different reason.
    """
    if not isinstance(redis, Redis):
        return ""
    try:
        return obstacle(await redis.info())
    except REDIS_UNAVAILABLE:
        return ""
