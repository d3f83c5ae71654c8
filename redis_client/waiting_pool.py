"""Connection pools whose callers wait for a free connection; redis-py's default pool fails immediately.

redis-py's BlockingConnectionPool takes a lock to release a connection, so a task that is cancelled at that moment leaks
the connection. A semaphore is released without waiting.
"""

from __future__ import annotations

import asyncio
from typing import Any

from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.sentinel import SentinelConnectionPool
from redis.exceptions import ConnectionError as RedisConnectionError

WAIT_SECONDS = 20.0


class WaitingPool(ConnectionPool):
    """Raises redis.exceptions.ConnectionError if no connection becomes free within `wait_seconds`."""

    def __init__(self, *args: Any, wait_seconds: float = WAIT_SECONDS, **options: Any) -> None:
        super().__init__(*args, **options)
        self._wait_seconds = wait_seconds
        self._free = asyncio.Semaphore(self.max_connections)

    async def get_connection(self, command_name: Any = None, *keys: Any, **options: Any) -> AbstractConnection:
        await self._acquire()
        try:
            connection: AbstractConnection = self.get_available_connection()  # type: ignore[no-untyped-call]
        except BaseException:
            self._free.release()
            raise
        try:
            await self.ensure_connection(connection)
        except BaseException:
            await self.release(connection)
            raise
        return connection

    async def _acquire(self) -> None:
        if not self._free.locked():
            await self._free.acquire()  # does not wait, so it needs no timer
            return
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise RedisConnectionError(
                f"no connection became free within {self._wait_seconds:g} s; all {self.max_connections} are in use"
            ) from None

    async def release(self, connection: AbstractConnection) -> None:
        try:
            await super().release(connection)
        finally:
            self._free.release()


class WaitingSentinelPool(SentinelConnectionPool, WaitingPool):
    pass
