"""Tokens of an account, shared by all workers through Redis and refreshed ahead of their expiry by one of them.

The platform does not document whether old tokens stay valid after a refresh, so two refreshes of one account must never
run at the same time. A lock guards the refresh, and the process that gets it reads the tokens again first.

A Redis failover may lose the last writes. Each process remembers, in order, the tokens that it has seen, and writes the
newest back when Redis returns older ones.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

import orjson
import structlog

from tiktok_shop.errors import (
    AuthFailed,
    InvalidAppCredentials,
    Throttled,
    TikTokShopError,
    TokensUnavailable,
    Transient,
)
from token_store.cipher import TokenCipher
from token_store.encrypted_storage import EncryptedStorage, KeyValueStore, StoredValue
from token_store.refresh_lock import STORE_UNAVAILABLE, RefreshLock
from token_store.token_history import TokenHistory
from token_store.token_response import MIN_TIMESTAMP, Tokens, parse_refresh

log = structlog.get_logger("relist.tokens")

__all__ = ["AccountCredentials", "TokenRequests", "TokenStore", "Tokens"]

MAX_REFRESH_AHEAD_SECONDS = 3600.0
REFRESH_AHEAD_SHARE = 0.1
"""A token is refreshed when this share of its lifetime, as first seen, is left. Lifetimes are not documented."""
POLL_SECONDS = 0.05
CACHE_SECONDS = 30.0
"""Seconds for which a process uses tokens without rereading them."""
RETRY_AHEAD_SECONDS = 30.0
"""Pause after a failed refresh ahead of expiry."""
REFUSAL_SECONDS = 5.0
"""Seconds for which a refusal is remembered, so that jobs already running do not each send a request."""
SAVE_SECONDS = 60.0
"""Seconds for which saving new tokens is retried while Redis is unavailable."""


class TokenRequests(Protocol):
    """The part of Transport that refreshes tokens."""

    async def token_request(self, name: str, parameters: dict[str, str]) -> dict[str, Any]: ...

    def of_app(self, name: str) -> TokenRequests: ...


@dataclass(frozen=True, slots=True)
class _Cached:
    """Tokens as this process last read them."""

    tokens: Tokens
    read_at: float
    """Monotonic seconds."""
    refresh_ahead: float
    """Seconds before expiry at which the access token is refreshed."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """The platform refused to exchange the tokens with this access token."""

    access_token: str
    until: float
    """Monotonic seconds until which no process asks again."""
    error: AuthFailed


class TokenStore:
    """Where tokens are refreshed, use as `async with TokenStore(...) as tokens:`, so that a running refresh completes.

    `clock` returns the platform's unix time.
    """

    def __init__(
        self,
        redis: KeyValueStore,
        cipher: TokenCipher,
        requests: TokenRequests,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._redis, self._requests, self._clock = redis, requests, clock
        self._storage = EncryptedStorage(redis, cipher)
        self._cache: dict[str, _Cached] = {}
        self._refreshing: dict[str, asyncio.Task[Tokens]] = {}
        self._next_try: dict[str, float] = {}
        """Account -> monotonic time before which a failed refresh ahead of expiry is not repeated."""
        self._refusals: dict[str, _Refusal] = {}
        self._history = TokenHistory()

    async def __aenter__(self) -> TokenStore:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Wait for running refreshes: their responses hold the only valid tokens."""
        await asyncio.gather(*self._refreshing.values(), return_exceptions=True)

    async def save(self, account: str, tokens: Tokens) -> None:
        """Store both tokens in one write. Raises RedisError."""
        await self._storage.write(account, _dump(tokens))
        self._remember(account, tokens)

    async def replace(self, account: str, tokens: Tokens) -> None:
        """Store the tokens of a new authorisation while no process refreshes the previous ones. Raises RedisError."""
        lock = RefreshLock(self._redis, account)
        while not await lock.try_acquire():
            await asyncio.sleep(POLL_SECONDS)
        async with lock:
            self._history.forget(account)
            await self.save(account, tokens)

    async def sealed(self, account: str) -> bytes | None:
        """Return the tokens as they are stored, encrypted, for a copy; None if there are none. Raises RedisError."""
        return await self._storage.read_sealed(account)

    async def restore_sealed(self, account: str, sealed: bytes) -> bool:
        """Restore a copy unless tokens are stored, which are newer. Raises RedisError."""
        return await self._storage.restore_sealed(account, sealed)

    async def load(self, account: str) -> Tokens:
        """Read the tokens from Redis. Raises AuthFailed if none are stored, TokenKeyMismatch, RedisError."""
        tokens, _ = await self._read(account)
        self._remember(account, tokens)
        return tokens

    async def _load_newest(self, account: str) -> Tokens:
        """Read the tokens, and write back newer ones that this process knows. Raises as `load` does."""
        while True:
            tokens, stored = await self._read(account)
            newer = self._history.successor(account, tokens)
            if newer is None:
                break
            if await self._storage.replace(account, stored, _dump(newer)):
                log.warning("newer_tokens_restored", account=account)
                tokens = newer
                break
        self._remember(account, tokens)
        return tokens

    async def _read(self, account: str) -> tuple[Tokens, StoredValue]:
        stored = await self._storage.read(account)
        if stored is None:
            raise AuthFailed(f"no tokens are stored for account {account}: run relist shops connect")
        return Tokens(**orjson.loads(stored.plain)), stored

    async def forget(self, account: str) -> None:
        """Delete an account's tokens from Redis and from this process."""
        self._cache.pop(account, None)
        self._history.forget(account)
        await self._storage.delete(account)

    async def uses_newest_key(self, account: str) -> bool:
        """Report whether the tokens are encrypted with the newest key; also True if none are stored."""
        return await self._storage.uses_newest_key(account)

    async def reencrypt(self, account: str) -> bool:
        """Encrypt the tokens with the newest key; False if it already was. Raises TokenKeyMismatch."""
        return await self._storage.reencrypt(account)

    async def access_token(self, account: str) -> str:
        """Return a valid access token and refresh it if it expires soon.

        Raises AuthFailed if the platform refuses to refresh it, and TokensUnavailable if a refresh failed otherwise and
        the old token has expired.
        """
        cached = self._cache.get(account)
        if cached is None or time.monotonic() - cached.read_at > CACHE_SECONDS:
            await self._load_newest(account)
            cached = self._cache[account]
        tokens = cached.tokens
        left = tokens.access_expires - self._clock()
        if left > cached.refresh_ahead:
            return tokens.access_token
        # A token that is still valid is used while another job, or a later attempt, gets the next one.
        if left > 0 and (account in self._refreshing or time.monotonic() < self._next_try.get(account, 0.0)):
            return tokens.access_token
        try:
            return (await self._refresh(account, tokens.access_token)).access_token
        except TokensUnavailable:
            if left <= 0:
                raise
            self._next_try[account] = time.monotonic() + RETRY_AHEAD_SECONDS
            return tokens.access_token

    async def refreshed(self, account: str, expired: str) -> str:
        """Return an access token other than the expired one. Raises TikTokShopError."""
        return (await self._refresh(account, expired)).access_token

    async def spend_again(self, account: str, refresh_token: str) -> bool:
        """Exchange a refresh token that was exchanged before, to learn whether the platform accepts it.

        Returns False if it is refused. The tokens of an acceptance are stored, as they may be the only valid ones.
        Raises TikTokShopError if no answer arrives.
        """
        lock = RefreshLock(self._redis, account)
        while not await lock.try_acquire():
            await asyncio.sleep(POLL_SECONDS)
        async with lock:
            newest = await self._load_newest(account)
            try:
                fresh = await self._request_tokens(account, replace(newest, refresh_token=refresh_token))
            except AuthFailed:
                return False
            await self._save_persistently(account, fresh)
            return True

    async def _refresh(self, account: str, old: str) -> Tokens:
        """Refresh once for all tasks of this process.

        The refresh runs in its own task that no caller can cancel, because the platform sends its response only once.
        """
        while True:
            task = self._refreshing.get(account)
            if is_first := task is None:
                task = self._refreshing[account] = asyncio.create_task(self._exchange(account, old))
                task.add_done_callback(lambda _: self._refreshing.pop(account, None))
            tokens = await asyncio.shield(task)
            if is_first or tokens.access_token != old:
                return tokens

    async def _exchange(self, account: str, old: str) -> Tokens:
        """Return the tokens that replace `old`, refreshed here or by another process."""
        lock = RefreshLock(self._redis, account)
        while True:
            tokens = await self._load_newest(account)
            if tokens.access_token != old:
                return tokens
            self._raise_refusal(account, old)
            if await lock.try_acquire():
                break
            await asyncio.sleep(POLL_SECONDS)
        async with lock:
            return await self._exchange_locked(account, old)

    async def _exchange_locked(self, account: str, old: str) -> Tokens:
        tokens = await self._load_newest(account)
        if tokens.access_token != old:
            return tokens
        try:
            fresh = await self._request_tokens(account, tokens)
        except AuthFailed as error:
            # A process that lost its lock while it was suspended may have spent this refresh token.
            tokens = await self._load_newest(account)
            if tokens.access_token != old:
                return tokens
            refreshed = await self._refresh_newer(account, tokens)
            if refreshed is None:
                self._refusals[account] = _Refusal(old, time.monotonic() + REFUSAL_SECONDS, error)
                raise
            fresh = refreshed
        await self._save_persistently(account, fresh)
        if fresh.access_token == old:
            raise TokensUnavailable("the token refresh returned no new access token")
        return fresh

    async def _refresh_newer(self, account: str, refused: Tokens) -> Tokens | None:
        """If this process saw tokens with a later expiry before Redis returned the refused ones, exchange those."""
        newer = self._history.later_than(account, refused)
        if newer is None:
            return None
        try:
            return await self._request_tokens(account, newer)
        except AuthFailed:
            return None

    def _raise_refusal(self, account: str, old: str) -> None:
        refusal = self._refusals.get(account)
        if refusal is not None and refusal.access_token == old and time.monotonic() < refusal.until:
            raise refusal.error

    async def _request_tokens(self, account: str, tokens: Tokens) -> Tokens:
        """Exchange the refresh token. Raises AuthFailed if the platform refuses it, else TokensUnavailable."""
        # A smaller number is a duration that an earlier release stored as a timestamp; it is ignored.
        if MIN_TIMESTAMP <= tokens.refresh_expires <= self._clock():
            raise AuthFailed(
                f"the authorisation of account {account} has expired: the seller must authorise the app again"
            )
        parameters = {"refresh_token": tokens.refresh_token, "grant_type": "refresh_token"}
        try:
            requests = self._requests.of_app(tokens.app) if tokens.app else self._requests
            response = await requests.token_request("token_refresh", parameters)
            return parse_refresh(response, tokens, self._clock())
        except InvalidAppCredentials:
            raise
        except TikTokShopError as error:
            if isinstance(error, Transient | Throttled) or not error.code:
                raise TokensUnavailable(f"the token refresh failed: {error}") from None
            raise AuthFailed(
                error.message, code=error.code, endpoint=error.endpoint, request_id=error.request_id
            ) from None

    async def _save_persistently(self, account: str, tokens: Tokens) -> None:
        """Save new tokens, repeating while Redis is unavailable, because the previous ones no longer work.

        Raises the exceptions of STORE_UNAVAILABLE after SAVE_SECONDS.
        """
        deadline = time.monotonic() + SAVE_SECONDS
        while True:
            try:
                await self.save(account, tokens)
                return
            except STORE_UNAVAILABLE:
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(POLL_SECONDS)

    def _remember(self, account: str, tokens: Tokens) -> None:
        self._history.remember(account, tokens)
        known = self._cache.get(account)
        if known is not None and known.tokens.access_token == tokens.access_token:
            ahead = known.refresh_ahead
        else:
            lifetime = tokens.access_expires - self._clock()
            ahead = min(MAX_REFRESH_AHEAD_SECONDS, REFRESH_AHEAD_SHARE * lifetime)
        self._cache[account] = _Cached(tokens, time.monotonic(), ahead)


def _dump(tokens: Tokens) -> bytes:
    fields = asdict(tokens)
    if not tokens.app:
        del fields["app"]  # releases before 0.3 cannot read it
    return orjson.dumps(fields)


@dataclass(frozen=True, slots=True)
class AccountCredentials:
    """The credentials of one account, as ShopClient expects them."""

    store: TokenStore
    account: str

    async def access_token(self) -> str:
        return await self.store.access_token(self.account)

    async def refreshed(self, expired: str) -> str:
        return await self.store.refreshed(self.account, expired)
