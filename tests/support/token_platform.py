"""A platform that serves token refreshes, and token stores and tokens to use with it."""

from __future__ import annotations

import asyncio
from typing import Any

from redis.asyncio import Redis

from tiktok_shop.errors import AuthFailed, TikTokShopError, Transient
from token_store.cipher import TokenCipher
from token_store.tokens import Tokens, TokenStore

NOW = 1_800_000_000
CIPHER = TokenCipher("a key for these tests")


class Clock:
    def __init__(self) -> None:
        self.seconds = float(NOW)

    def __call__(self) -> float:
        return self.seconds


class Platform:
    """Serves refresh requests; a used refresh token stops working immediately."""

    def __init__(self, life: int = 7 * 86400) -> None:
        self.valid, self.calls, self.down, self.life = "r0", 0, False, life
        self.error: TikTokShopError | None = None
        """Raised instead of returning tokens."""
        self.changes: dict[str, Any] = {}
        """Fields of the response that are replaced."""
        self.asked, self.hold = asyncio.Event(), asyncio.Event()
        self.hold.set()

    async def token_request(self, name: str, parameters: dict[str, str]) -> dict[str, Any]:
        await asyncio.sleep(0.01)
        self.calls += 1
        if self.down:
            raise Transient("no answer")
        if self.error:
            raise self.error
        if parameters["refresh_token"] != self.valid:
            raise AuthFailed("dead refresh token", code=36004004)
        self.valid = f"r{self.calls}"
        self.asked.set()
        await self.hold.wait()
        return {
            "access_token": f"a{self.calls}",
            "access_token_expire_in": NOW + self.calls * self.life,
            "refresh_token": self.valid,
            "refresh_token_expire_in": NOW + 365 * 86400,
            **self.changes,
        }


def store(redis: Redis, platform: Platform) -> TokenStore:
    return TokenStore(redis, CIPHER, platform, clock=lambda: NOW)


def tokens(access_left: int, refresh_left: int = 86400) -> Tokens:
    return Tokens("a0", "r0", NOW + access_left, NOW + refresh_left)
