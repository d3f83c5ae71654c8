"""Keeps the sheet of an import's refused rows for a day, so that it can be downloaded."""

from __future__ import annotations

import secrets

from redis_client.connect import AnyRedis

KEPT_SECONDS = 24 * 3600
MAX_BYTES = 4 * 1024 * 1024


class RefusedSheets:
    """Every method raises RedisError."""

    def __init__(self, redis: AnyRedis) -> None:
        self._redis = redis

    async def add(self, content: bytes) -> str:
        """Return the ID of the sheet; empty if it is too large to be kept."""
        if len(content) > MAX_BYTES:
            return ""
        sheet = secrets.token_urlsafe(16)
        await self._redis.execute_command("SET", self._key(sheet), content, "EX", KEPT_SECONDS)
        return sheet

    async def get(self, sheet: str) -> bytes | None:
        content: bytes | None = await self._redis.execute_command("GET", self._key(sheet))
        return content

    @staticmethod
    def _key(sheet: str) -> str:
        return f"relist:web:refused:{sheet}"
