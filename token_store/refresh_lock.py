"""A lock in Redis that lets one process at a time refresh an account's tokens."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from types import TracebackType

from redis.exceptions import RedisClusterException, RedisError

from token_store.encrypted_storage import KeyValueStore, token_key

LOCK_SECONDS = 10
"""Seconds that other processes wait for a process that died during a refresh. A live process renews its lock."""
STORE_UNAVAILABLE = (RedisError, RedisClusterException, OSError)
"""redis-py reports an unreachable cluster with an exception of another family."""
ACQUIRE = "#!lua flags=allow-oom\nreturn redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) and 1 or 0"
"""Works even when Redis is full: work that frees memory needs valid tokens."""
_EXTEND = """#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return 0
"""
_RELEASE = """#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


class RefreshLock:
    """After `try_acquire()` succeeded, use as `async with lock:`; the lock is renewed until the block ends."""

    def __init__(self, redis: KeyValueStore, account: str) -> None:
        self._redis, self._key, self._owner = redis, token_key(account) + ":refreshing", secrets.token_hex(8)
        self._renewal: asyncio.Task[None] | None = None

    async def try_acquire(self) -> bool:
        """Take the lock if it is free. Raises RedisError."""
        return bool(await self._redis.execute_command("EVAL", ACQUIRE, 1, self._key, self._owner, LOCK_SECONDS))

    async def __aenter__(self) -> None:
        self._renewal = asyncio.create_task(self._renew())

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the lock unless another process has taken it. Raises RedisError."""
        if self._renewal is not None:
            self._renewal.cancel()
        await self._redis.execute_command("EVAL", _RELEASE, 1, self._key, self._owner)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LOCK_SECONDS / 3)
            with contextlib.suppress(*STORE_UNAVAILABLE):
                await self._redis.execute_command("EVAL", _EXTEND, 1, self._key, self._owner, LOCK_SECONDS)
