"""Which version each worker runs, so that an update that was not completed is seen.

The versions are fields of the hash `relist:heartbeat`, which the Redis user of a worker may write in every release.
"""

from __future__ import annotations

from collections.abc import Collection

from redis_client.connect import AnyRedis
from shop_queue.keys import CANARY

PREFIX = b"version:"


async def note_version(redis: AnyRedis, worker_id: str, version: str) -> None:
    await redis.execute_command("HSET", CANARY, PREFIX + worker_id.encode(), version)


async def forget_versions(redis: AnyRedis, live: Collection[str]) -> None:
    """Remove workers that are no longer alive."""
    gone = sorted(set(await read_versions(redis)) - set(live))
    if gone:
        await redis.execute_command("HDEL", CANARY, *(PREFIX + each.encode() for each in gone))


async def read_versions(redis: AnyRedis) -> dict[str, str]:
    """Return the version of each worker by its ID."""
    found = await redis.hgetall(CANARY)  # type: ignore[misc]
    return {
        name.removeprefix(PREFIX).decode(): version.decode()
        for name, version in found.items()
        if name.startswith(PREFIX)
    }
