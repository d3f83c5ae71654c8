"""Tokens of an account, shared by all workers through Redis: refreshed ahead of time, by one of them, saved whole.

Whether the platform lets the old tokens live after a refresh is not documented, so two refreshes of one account must
never happen at once: a lock with a short life guards the refresh, and whoever gets it reads again first.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import orjson

from tiktok_shop.errors import AuthFailed, MalformedAnswer, TikTokShopError
from tiktok_shop.token_cipher import TokenCipher

REFRESH_AHEAD_SECONDS = 3600.0
LOCK_SECONDS = 60
"""Longer than a refresh can take: 40 s for the answer (tiktok_shop/transport.py), and the saving."""
WAIT_SECONDS = 0.05
REMEMBER_SECONDS = 30.0
SAVE_ATTEMPTS, SAVE_AGAIN_SECONDS = 75, 0.2
"""Fresh tokens that are not saved are lost, and with them perhaps the seller's authorisation: tried over an outage."""
_UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class KeyValueStore(Protocol):
    """What is needed of redis.asyncio.Redis or RedisCluster: commands of one key."""

    async def execute_command(self, *args: Any) -> Any: ...


class TokenRequests(Protocol):
    async def token_request(self, name: str, parameters: dict[str, str]) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Tokens:
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expires: int
    """Unix seconds: the platform's `*_expire_in` are moments, not durations."""
    refresh_expires: int


class TokenStore:
    def __init__(
        self,
        redis: KeyValueStore,
        cipher: TokenCipher,
        requests: TokenRequests,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._redis, self._cipher, self._requests, self._clock = redis, cipher, requests, clock
        self._remembered: dict[str, tuple[float, Tokens]] = {}
        self._refreshing: dict[str, asyncio.Lock] = {}
        self._under_way: set[asyncio.Task[Tokens]] = set()

    async def save(self, account: str, tokens: Tokens) -> None:
        """Both tokens in one write."""
        sealed = self._cipher.seal(account, orjson.dumps(asdict(tokens)))
        await self._redis.execute_command("SET", _key(account), sealed)
        self._remembered[account] = (self._clock(), tokens)

    async def load(self, account: str) -> Tokens:
        """Raises AuthFailed when there are none, TokenKeyMismatch when they can not be read."""
        sealed = await self._redis.execute_command("GET", _key(account))
        if sealed is None:
            raise AuthFailed(f"no tokens are stored for account {account}: add the shop again")
        tokens = Tokens(**orjson.loads(self._cipher.unseal(account, sealed)))
        self._remembered[account] = (self._clock(), tokens)
        return tokens

    async def forget(self, account: str) -> None:
        self._remembered.pop(account, None)
        await self._redis.execute_command("DEL", _key(account))

    async def access_token(self, account: str) -> str:
        """One that lasts; refreshed when its end is near. Raises AuthFailed, or Transient when no refresh came through
        and the old one has expired."""
        at, tokens = self._remembered.get(account, (0.0, None))
        if tokens is None or self._clock() - at > REMEMBER_SECONDS:
            tokens = await self.load(account)
        left = tokens.access_expires - self._clock()
        if left > REFRESH_AHEAD_SECONDS:
            return tokens.access_token
        try:
            return (await self._refresh(account, tokens.access_token)).access_token
        except AuthFailed:
            raise
        except TikTokShopError:
            if left > 0:
                return tokens.access_token
            raise

    async def refreshed(self, account: str, expired: str) -> str:
        """Another access token than the expired one. Raises TikTokShopError."""
        return (await self._refresh(account, expired)).access_token

    async def _refresh(self, account: str, old: str) -> Tokens:
        """To its end even when the job that asked is cancelled: once the platform has answered the old tokens may be
        dead, and fresh ones that nobody saves are lost."""
        task = asyncio.create_task(self._refresh_alone(account, old))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _refresh_alone(self, account: str, old: str) -> Tokens:
        """Single flight: among the tasks of this process by a lock here, among processes by one in Redis."""
        async with self._refreshing.setdefault(account, asyncio.Lock()):
            mine = secrets.token_hex(8)
            while True:
                tokens = await self.load(account)
                if tokens.access_token != old:
                    return tokens
                lock = _key(account) + ":refreshing"
                if await self._redis.execute_command("SET", lock, mine, "NX", "EX", LOCK_SECONDS):
                    break
                await asyncio.sleep(WAIT_SECONDS)
            try:
                tokens = await self.load(account)
                if tokens.access_token != old:
                    return tokens
                return await self._exchange(account, tokens)
            finally:
                await self._redis.execute_command("EVAL", _UNLOCK, 1, lock, mine)

    async def _exchange(self, account: str, old: Tokens) -> Tokens:
        """Fresh tokens, saved; while the store is away they are kept here and the saving is tried again."""
        fresh = await self._ask(account, old)
        for _ in range(SAVE_ATTEMPTS - 1):
            try:
                await self.save(account, fresh)
            except Exception:
                await asyncio.sleep(SAVE_AGAIN_SECONDS)
            else:
                return fresh
        await self.save(account, fresh)
        return fresh

    async def _ask(self, account: str, tokens: Tokens) -> Tokens:
        if tokens.refresh_expires <= self._clock():
            raise AuthFailed(
                f"the authorisation of account {account} has ended: the seller must authorise the app again"
            )
        parameters = {"refresh_token": tokens.refresh_token, "grant_type": "refresh_token"}
        return parse_tokens(await self._requests.token_request("token_refresh", parameters))


@dataclass(frozen=True, slots=True)
class AccountCredentials:
    """One account's side of the store, as ShopClient wants it."""

    store: TokenStore
    account: str

    async def access_token(self) -> str:
        return await self.store.access_token(self.account)

    async def refreshed(self, expired: str) -> str:
        return await self.store.refreshed(self.account, expired)


def parse_tokens(data: dict[str, Any]) -> Tokens:
    """Raises MalformedAnswer rather than store half an answer over good tokens."""
    access, refresh = data.get("access_token"), data.get("refresh_token")
    expires, refresh_expires = data.get("access_token_expire_in"), data.get("refresh_token_expire_in")
    if not (isinstance(access, str) and access and isinstance(refresh, str) and refresh):
        raise MalformedAnswer("a token is missing in the answer", endpoint="token_refresh")
    if not (isinstance(expires, int) and isinstance(refresh_expires, int)):
        raise MalformedAnswer("an expiry is missing in the answer", endpoint="token_refresh")
    return Tokens(access, refresh, expires, refresh_expires)


def _key(account: str) -> str:
    return f"relist:token:{{{account}}}"
