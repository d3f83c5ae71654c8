"""Fields that workers keep in the hash `relist:heartbeat`, each named `<kind>:<owner>`.

The Redis user of a worker may write this hash in every release.
"""

from __future__ import annotations

from collections.abc import Collection

from redis_client.connect import AnyRedis
from shop_queue.keys import CANARY


async def put_field(redis: AnyRedis, kind: bytes, owner: str, text: str | bytes) -> None:
    """Raises RedisError."""
    await redis.execute_command("HSET", CANARY, kind + owner.encode(), text)


async def drop_fields(redis: AnyRedis, kind: bytes, *owners: str) -> None:
    """Raises RedisError."""
    if owners:
        await redis.execute_command("HDEL", CANARY, *(kind + each.encode() for each in owners))


async def read_fields(redis: AnyRedis, kind: bytes) -> dict[str, bytes]:
    """Return the fields of a kind by their owner. Raises RedisError."""
    fields = await redis.hgetall(CANARY)  # type: ignore[misc]
    return {name.removeprefix(kind).decode(): text for name, text in fields.items() if name.startswith(kind)}


async def keep_fields(redis: AnyRedis, kind: bytes, owners: Collection[str]) -> None:
    """Drop the fields of a kind that belong to no owner in `owners`. Raises RedisError."""
    await drop_fields(redis, kind, *sorted(set(await read_fields(redis, kind)) - set(owners)))
