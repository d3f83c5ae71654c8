"""Stores which version each worker runs, so that an incomplete update is detected."""

from __future__ import annotations

from collections.abc import Collection

from redis_client.connect import AnyRedis
from shop_queue.heartbeat_fields import keep_fields, put_field, read_fields

PREFIX = b"version:"


async def note_version(redis: AnyRedis, worker_id: str, version: str) -> None:
    """Raises RedisError."""
    await put_field(redis, PREFIX, worker_id, version)


async def forget_versions(redis: AnyRedis, live: Collection[str]) -> None:
    """Remove workers that are no longer alive. Raises RedisError."""
    await keep_fields(redis, PREFIX, live)


async def read_versions(redis: AnyRedis) -> dict[str, str]:
    """Return the version of each worker by its ID. Raises RedisError."""
    return {worker: version.decode() for worker, version in (await read_fields(redis, PREFIX)).items()}
