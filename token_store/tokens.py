"""Tokens of an account, shared by all workers through Redis: refreshed ahead of time, by one of them, saved whole.

Whether the platform lets the old tokens live after a refresh is not documented, so two refreshes of one account must
never happen at once: a lock with a short life, renewed while it is needed, guards the refresh, and whoever gets it
reads again first.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import orjson
from redis.exceptions import RedisClusterException, RedisError

from tiktok_shop.errors import (
    AuthFailed,
    InvalidAppCredentials,
    MalformedResponse,
    Throttled,
    TikTokShopError,
    TokensUnavailable,
    Transient,
)
from token_store.cipher import TokenCipher

REFRESH_AHEAD_SECONDS = 3600.0
AHEAD_SHARE = 0.1
"""Of the time a token had left when it was first seen: how long a token lives is not documented."""
LOCK_SECONDS = 10
"""How long the others wait for a process that died in the midst of a refresh; a living one renews its lock."""
WAIT_SECONDS = 0.05
REMEMBER_SECONDS = 30.0
REST_SECONDS = 30.0
"""After a refresh ahead of time that did not come through."""
REFUSED_SECONDS = 5.0
"""So long a refusal stands: the jobs that were on their way learn of it without a request each."""
SAVE_SECONDS = 60.0
STORE_AWAY = (RedisError, RedisClusterException, OSError)
"""A cluster that can not be reached has an exception of another family."""
_KEEP = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('EXPIRE', KEYS[1], ARGV[2]) end return 0"
_REPLACE = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end redis.call('SET', KEYS[1], ARGV[2]) return 1"
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


@dataclass(frozen=True, slots=True)
class _Seen:
    """Tokens as this process knows them."""

    tokens: Tokens
    at: float
    """When they were read, monotonic seconds."""
    ahead: float
    """So many seconds before the access token's end another one is asked for."""


class TokenStore:
    """`async with TokenStore(...) as tokens:` where tokens are refreshed: a refresh under way comes to its end.

    `clock` is the platform's unix time.
    """

    def __init__(
        self,
        redis: KeyValueStore,
        cipher: TokenCipher,
        requests: TokenRequests,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._redis, self._cipher, self._requests, self._clock = redis, cipher, requests, clock
        self._seen: dict[str, _Seen] = {}
        self._refreshing: dict[str, asyncio.Task[Tokens]] = {}
        self._next_try: dict[str, float] = {}
        """Account -> when a refresh ahead of time is tried again after one that failed, monotonic seconds."""
        self._refused: dict[str, tuple[str, float, AuthFailed]] = {}
        """Account -> the access token that could not be replaced, until when nobody asks again, and the refusal."""

    async def __aenter__(self) -> TokenStore:
        return self

    async def __aexit__(self, *_: object) -> None:
        """What the platform answers now is the only key there is: it is waited for and saved."""
        await asyncio.gather(*self._refreshing.values(), return_exceptions=True)

    async def save(self, account: str, tokens: Tokens) -> None:
        """Both tokens in one write."""
        sealed = self._cipher.seal(account, orjson.dumps(asdict(tokens)))
        await self._redis.execute_command("SET", _key(account), sealed)
        self._saw(account, tokens)

    async def load(self, account: str) -> Tokens:
        """Raises AuthFailed when there are none, TokenKeyMismatch when they can not be read."""
        sealed = await self._redis.execute_command("GET", _key(account))
        if sealed is None:
            raise AuthFailed(f"no tokens are stored for account {account}: add the shop again")
        tokens = Tokens(**orjson.loads(self._cipher.unseal(account, sealed)))
        self._saw(account, tokens)
        return tokens

    async def is_resealed(self, account: str) -> bool:
        """Whether the account's tokens are sealed with the newest key; also when there are none."""
        sealed = await self._redis.execute_command("GET", _key(account))
        return sealed is None or self._cipher.is_newest(sealed)

    async def reseal(self, account: str) -> bool:
        """Seals the account's tokens with the newest key; False when nothing was to do. Raises TokenKeyMismatch.

        A refresh may come between, whose tokens must not be written over with the ones before.
        """
        while True:
            sealed = await self._redis.execute_command("GET", _key(account))
            if sealed is None or self._cipher.is_newest(sealed):
                return False
            fresh = self._cipher.seal(account, self._cipher.unseal(account, sealed))
            if await self._redis.execute_command("EVAL", _REPLACE, 1, _key(account), sealed, fresh):
                return True

    async def forget(self, account: str) -> None:
        self._seen.pop(account, None)
        await self._redis.execute_command("DEL", _key(account))

    async def access_token(self, account: str) -> str:
        """One that lasts; another is asked for when its end is near. Raises AuthFailed, or TokensUnavailable when no
        refresh came through and the old one has expired."""
        seen = self._seen.get(account)
        if seen is None or time.monotonic() - seen.at > REMEMBER_SECONDS:
            await self.load(account)
            seen = self._seen[account]
        tokens = seen.tokens
        left = tokens.access_expires - self._clock()
        if left > seen.ahead:
            return tokens.access_token
        # A token that still lives is used while another job, or another attempt, gets the next one.
        if left > 0 and (account in self._refreshing or time.monotonic() < self._next_try.get(account, 0.0)):
            return tokens.access_token
        try:
            return (await self._refresh(account, tokens.access_token)).access_token
        except TokensUnavailable:
            if left <= 0:
                raise
            self._next_try[account] = time.monotonic() + REST_SECONDS
            return tokens.access_token

    async def refreshed(self, account: str, expired: str) -> str:
        """Another access token than the expired one. Raises TikTokShopError."""
        return (await self._refresh(account, expired)).access_token

    async def _refresh(self, account: str, old: str) -> Tokens:
        """Single flight: among the tasks of this process by a task that none of them can cancel, since its answer comes
        only once; among processes by a lock in Redis."""
        while True:
            task = self._refreshing.get(account)
            if is_first := task is None:
                task = self._refreshing[account] = asyncio.create_task(self._exchange(account, old))
                task.add_done_callback(lambda _: self._refreshing.pop(account, None))
            tokens = await asyncio.shield(task)
            if is_first or tokens.access_token != old:
                return tokens

    async def _exchange(self, account: str, old: str) -> Tokens:
        """What replaces the old one, be it that another process has got it meanwhile."""
        lock, mine = _key(account) + ":refreshing", secrets.token_hex(8)
        while True:
            tokens = await self.load(account)
            if tokens.access_token != old:
                return tokens
            refused, until, refusal = self._refused.get(account, ("", 0.0, None))
            if refusal is not None and refused == old and time.monotonic() < until:
                raise refusal
            if await self._redis.execute_command("SET", lock, mine, "NX", "EX", LOCK_SECONDS):
                break
            await asyncio.sleep(WAIT_SECONDS)
        keeping = asyncio.create_task(self._keep(lock, mine))
        try:
            tokens = await self.load(account)
            if tokens.access_token != old:
                return tokens
            fresh = await self._ask(account, tokens)
            await self._save_surely(account, fresh)
            return fresh
        except AuthFailed as refusal:
            # One who lost the lock while it slept may have got the answer that was refused here.
            tokens = await self.load(account)
            if tokens.access_token != old:
                return tokens
            self._refused[account] = old, time.monotonic() + REFUSED_SECONDS, refusal
            raise
        finally:
            keeping.cancel()
            await self._redis.execute_command("EVAL", _UNLOCK, 1, lock, mine)

    async def _keep(self, lock: str, mine: str) -> None:
        """Lets the lock live as long as this process waits for its answer, and hardly longer."""
        while True:
            await asyncio.sleep(LOCK_SECONDS / 3)
            with contextlib.suppress(*STORE_AWAY):
                await self._redis.execute_command("EVAL", _KEEP, 1, lock, mine, LOCK_SECONDS)

    async def _ask(self, account: str, tokens: Tokens) -> Tokens:
        if tokens.refresh_expires <= self._clock():
            raise AuthFailed(
                f"the authorisation of account {account} has ended: the seller must authorise the app again"
            )
        parameters = {"refresh_token": tokens.refresh_token, "grant_type": "refresh_token"}
        try:
            return parse_tokens(await self._requests.token_request("token_refresh", parameters))
        except TikTokShopError as error:
            if isinstance(error, InvalidAppCredentials):
                raise
            if isinstance(error, Transient | Throttled) or not error.code:
                raise TokensUnavailable(f"no new one could be had: {error}") from None
            raise AuthFailed(
                error.message, code=error.code, endpoint=error.endpoint, request_id=error.request_id
            ) from None

    async def _save_surely(self, account: str, tokens: Tokens) -> None:
        """Outlives a Redis that is away: the tokens before these are dead. Raises what is in STORE_AWAY after a
        minute."""
        deadline = time.monotonic() + SAVE_SECONDS
        while True:
            try:
                await self.save(account, tokens)
                return
            except STORE_AWAY:
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(WAIT_SECONDS)

    def _saw(self, account: str, tokens: Tokens) -> None:
        known = self._seen.get(account)
        if known is not None and known.tokens.access_token == tokens.access_token:
            ahead = known.ahead
        else:
            ahead = min(REFRESH_AHEAD_SECONDS, AHEAD_SHARE * (tokens.access_expires - self._clock()))
        self._seen[account] = _Seen(tokens, time.monotonic(), ahead)


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
    """Raises MalformedResponse rather than store half an answer over good tokens."""
    access, refresh = data.get("access_token"), data.get("refresh_token")
    expires, refresh_expires = data.get("access_token_expire_in"), data.get("refresh_token_expire_in")
    if not (isinstance(access, str) and access and isinstance(refresh, str) and refresh):
        raise MalformedResponse("a token is missing in the answer", endpoint="token_refresh")
    if not (isinstance(expires, int) and isinstance(refresh_expires, int)):
        raise MalformedResponse("an expiry is missing in the answer", endpoint="token_refresh")
    return Tokens(access, refresh, expires, refresh_expires)


def _key(account: str) -> str:
    return f"relist:token:{{{account}}}"
