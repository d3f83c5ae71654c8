"""Reads and writes one encrypted value per account in Redis."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from token_store.cipher import TokenCipher

WRITE = "#!lua flags=allow-oom\nredis.call('SET', KEYS[1], ARGV[1]) return 1"
"""Sets KEYS[1] to ARGV[1], even when Redis is full: a refresh token that is not stored is lost."""
REPLACE = """#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""
"""Compare-and-set: KEYS[1] gets the value ARGV[2] only while it still holds ARGV[1]."""


class KeyValueStore(Protocol):
    """The part of redis.asyncio.Redis and RedisCluster that tokens need: commands on one key."""

    async def execute_command(self, *args: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class StoredValue:
    plain: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)
    """Identifies this version of the value for `replace`."""


class EncryptedStorage:
    """All methods raise RedisError."""

    def __init__(self, redis: KeyValueStore, cipher: TokenCipher) -> None:
        self._redis, self._cipher = redis, cipher

    async def write(self, account: str, plain: bytes) -> None:
        """Store a value in one write, even when Redis is full."""
        await self._redis.execute_command("EVAL", WRITE, 1, token_key(account), self._cipher.encrypt(account, plain))

    async def read(self, account: str) -> StoredValue | None:
        """Return the value, or None if none is stored. Raises TokenKeyMismatch."""
        ciphertext = await self._redis.execute_command("GET", token_key(account))
        return None if ciphertext is None else StoredValue(self._cipher.decrypt(account, ciphertext), ciphertext)

    async def replace(self, account: str, old: StoredValue, plain: bytes) -> bool:
        """Store a value unless another process has changed it since `old` was read."""
        fresh = self._cipher.encrypt(account, plain)
        return bool(await self._redis.execute_command("EVAL", REPLACE, 1, token_key(account), old.ciphertext, fresh))

    async def read_sealed(self, account: str) -> bytes | None:
        """Return the encrypted value, or None if none is stored."""
        ciphertext: bytes | None = await self._redis.execute_command("GET", token_key(account))
        return ciphertext

    async def restore_sealed(self, account: str, ciphertext: bytes) -> bool:
        """Store an encrypted value unless there is one."""
        return bool(await self._redis.execute_command("SET", token_key(account), ciphertext, "NX"))

    async def delete(self, account: str) -> None:
        await self._redis.execute_command("DEL", token_key(account))

    async def uses_newest_key(self, account: str) -> bool:
        """Report whether the value is encrypted with the newest key; also True if none is stored."""
        ciphertext = await self._redis.execute_command("GET", token_key(account))
        return ciphertext is None or self._cipher.uses_newest_key(ciphertext)

    async def reencrypt(self, account: str) -> bool:
        """Encrypt the value with the newest key; False if nothing had to be done. Raises TokenKeyMismatch.

        A refresh in between wins: its value is never overwritten with the older one.
        """
        while True:
            ciphertext = await self._redis.execute_command("GET", token_key(account))
            if ciphertext is None or self._cipher.uses_newest_key(ciphertext):
                return False
            fresh = self._cipher.encrypt(account, self._cipher.decrypt(account, ciphertext))
            if await self._redis.execute_command("EVAL", REPLACE, 1, token_key(account), ciphertext, fresh):
                return True


def token_key(account: str) -> str:
    """Return the Redis key of an account's tokens."""
    return f"relist:token:{{{account}}}"
