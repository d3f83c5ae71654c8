"""Detects two live primaries behind one address, for example after a manual promotion while the old primary still runs.

Existing connections keep using the old primary, new ones reach the new one, and both accept leases and commits. So a
fresh connection is compared with the client's own: if both servers accept writes and neither sees the other's, there
are two primaries. The servers of a cluster resolve this among themselves.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection

from redis_client.connect import REDIS_UNAVAILABLE, WRITABLE, WRITABLE_MS, AnyRedis
from redis_client.primary import Generation

log = structlog.get_logger("relist.redis")

CHECK_SECONDS = 5.0
ANSWER_SECONDS = 1.0
"""Time limit for the fresh connection; without a reply nothing is concluded."""
PROOFS = 3
"""Rounds in which neither server may see the other's write; in one round another process could have overwritten it."""
_RUN_ID = re.compile(rb"run_id:(\w+)")


class PrimaryWatch:
    """Compares at most once per CHECK_SECONDS; afterwards the client uses the server that its address resolves to
    now.
    """

    def __init__(self, redis: AnyRedis, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis, self._clock = redis, clock
        self._checked_at = float("-inf")
        self._is_settled = True

    async def has_one_primary(self) -> bool:
        """False from a check that finds two primaries until a check that finds one."""
        if isinstance(self._redis, Redis) and self._clock() - self._checked_at >= CHECK_SECONDS:
            self._checked_at = self._clock()
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    self._is_settled = not await self._finds_two(self._redis)
            except (*REDIS_UNAVAILABLE, TimeoutError):
                pass  # Unavailability is detected elsewhere.
        return self._is_settled

    async def _finds_two(self, redis: Redis) -> bool:
        pool = redis.connection_pool
        generation: Generation | None = pool.connection_kwargs.get("generation")
        number = generation.number if generation is not None else 0
        fresh: AbstractConnection = pool.make_connection()
        try:
            await fresh.connect()
            there = await _reply(fresh, "INFO", "server")
            own = await redis.execute_command("INFO", "server")
            if _run_id(there) == own.get("run_id"):
                return False
            if not await _are_independent(redis, fresh):
                return False
        finally:
            await fresh.disconnect(nowait=True)
        log.error(
            "two_primaries",
            old_primary=own.get("run_id"),
            new_primary=_run_id(there),
            fix="stop the old primary, or make it a replica of the new one; then check for products edited twice",
        )
        if generation is not None:
            generation.end(number)
        return True


async def _are_independent(redis: Redis, fresh: AbstractConnection) -> bool:
    """Whether both servers accept writes and neither sees the other's."""
    for _ in range(PROOFS):
        mine, other = secrets.token_hex(8), secrets.token_hex(8)
        await redis.execute_command("SET", WRITABLE, mine, "PX", WRITABLE_MS)
        await _reply(fresh, "SET", WRITABLE, other, "PX", WRITABLE_MS)
        if await redis.execute_command("GET", WRITABLE) == other.encode():
            return False
    return True


async def _reply(connection: AbstractConnection, *command: str | int) -> Any:
    await connection.send_command(*command)
    return await connection.read_response()


def _run_id(info: Any) -> str | None:
    found = _RUN_ID.search(info if isinstance(info, bytes) else b"")
    return found[1].decode() if found else None
