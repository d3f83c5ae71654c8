"""Refreshes that are refused, incomplete, not saved immediately, or done by another process."""

from __future__ import annotations

from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.support.token_platform import CIPHER, NOW, Clock, Platform, store, tokens
from tiktok_shop.errors import AuthFailed, TokensUnavailable
from token_store.refresh_lock import ACQUIRE
from token_store.tokens import AccountCredentials, Tokens, TokenStore


async def test_refusal_is_remembered(redis: Redis) -> None:
    platform = Platform()
    platform.error = AuthFailed("the refresh token is dead", code=36004004)
    theirs = store(redis, platform)
    await theirs.save("acc", tokens(-1))
    for _ in range(3):
        with pytest.raises(AuthFailed):
            await theirs.refreshed("acc", "a0")
    assert platform.calls == 1


async def test_new_tokens_end_a_remembered_refusal(redis: Redis) -> None:
    platform = Platform()
    platform.error = AuthFailed("the refresh token is dead", code=36004004)
    theirs = store(redis, platform)
    await theirs.save("acc", tokens(-1))
    with pytest.raises(AuthFailed):
        await theirs.refreshed("acc", "a0")
    await store(redis, Platform()).save("acc", Tokens("again", "r", NOW + 9, NOW + 99))
    assert await AccountCredentials(theirs, "acc").refreshed("a0") == "again"
    assert platform.calls == 1


async def test_tokens_refreshed_before_the_lock_was_taken_are_used(redis: Redis) -> None:
    class RefreshBeforeLock:
        """Another process completes a refresh between this one's read and its lock."""

        async def execute_command(self, *args: Any) -> Any:
            if ACQUIRE in args:
                await store(redis, Platform()).save("acc", Tokens("theirs", "r", NOW + 9, NOW + 99))
            return await redis.execute_command(*args)

    platform = Platform()
    await store(redis, platform).save("acc", tokens(-1))
    late = TokenStore(RefreshBeforeLock(), CIPHER, platform, clock=lambda: NOW)
    assert await late.refreshed("acc", "a0") == "theirs"
    assert platform.calls == 0


async def test_saving_is_repeated_while_redis_is_down(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("token_store.tokens.POLL_SECONDS", 0)
    platform = Platform()
    theirs = store(redis, platform)
    await theirs.save("acc", tokens(-1))
    real, tries = theirs.save, []

    async def save(account: str, fresh: Any) -> None:
        tries.append(fresh)
        if len(tries) < 3:
            raise RedisConnectionError("away")
        await real(account, fresh)

    monkeypatch.setattr(theirs, "save", save)
    assert await theirs.refreshed("acc", "a0") == "a1"
    assert (await store(redis, Platform()).load("acc")).refresh_token == "r1", "the old ones no longer work"


async def test_saving_gives_up_with_an_error(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("token_store.tokens.SAVE_SECONDS", -1)
    theirs = store(redis, Platform())
    await theirs.save("acc", tokens(-1))

    async def save(account: str, fresh: Any) -> None:
        raise RedisConnectionError("away")

    monkeypatch.setattr(theirs, "save", save)
    with pytest.raises(RedisConnectionError):
        await theirs.refreshed("acc", "a0")


async def test_new_tokens_are_saved_despite_odd_fields(redis: Redis) -> None:
    platform = Platform()
    theirs = store(redis, platform)
    await theirs.save("acc", tokens(-1))
    platform.changes = {"access_token_expire_in": "soon", "refresh_token_expire_in": None, "granted_scopes": 7}
    assert await theirs.access_token("acc") == "a1"
    saved = await store(redis, Platform()).load("acc")
    assert (saved.access_token, saved.refresh_token) == ("a1", "r1")
    assert saved.access_expires > NOW


async def test_new_refresh_token_is_saved_without_an_access_token(redis: Redis) -> None:
    platform = Platform()
    theirs = store(redis, platform)
    await theirs.save("acc", tokens(-1))
    platform.changes = {"access_token": None}
    with pytest.raises(TokensUnavailable, match="no new access token"):
        await theirs.access_token("acc")
    assert (await store(redis, Platform()).load("acc")).refresh_token == "r1"
    platform.changes = {}
    assert await theirs.access_token("acc") == "a2", "the saved refresh token works"


async def test_duration_stored_as_a_timestamp_does_not_block_the_refresh(redis: Redis) -> None:
    platform = Platform()
    theirs = store(redis, platform)
    await theirs.save("acc", Tokens("a0", "r0", 604_800, 31_536_000))
    assert await theirs.access_token("acc") == "a1"


async def test_newer_tokens_are_written_back_after_a_failover(redis: Redis) -> None:
    platform, now = Platform(), Clock()
    worker = TokenStore(redis, CIPHER, platform, now)
    await worker.save("acc", tokens(-1))
    before = await redis.get("relist:token:{acc}")
    assert await worker.access_token("acc") == "a1"
    await redis.set("relist:token:{acc}", before)
    assert await worker.refreshed("acc", "a0") == "a1"
    assert platform.calls == 1, "no request is made with the used refresh token"
    assert (await store(redis, Platform()).load("acc")).refresh_token == "r1"


async def test_older_tokens_never_seen_before_are_replaced_after_a_refusal(redis: Redis) -> None:
    platform = Platform()
    await store(redis, platform).save("acc", tokens(-1))
    before = await redis.get("relist:token:{acc}")
    await store(redis, platform).access_token("acc")
    worker = store(redis, platform)
    assert await worker.access_token("acc") == "a1"
    await redis.set("relist:token:{acc}", before)
    assert await worker.refreshed("acc", "a0") == "a3", "the second request was refused, the third used newer tokens"
    assert (await store(redis, Platform()).load("acc")).refresh_token == platform.valid == "r3"


async def test_tokens_of_a_shop_added_again_win(redis: Redis) -> None:
    worker = store(redis, Platform())
    await worker.save("acc", tokens(86_400))
    assert await worker.access_token("acc") == "a0"
    await store(redis, Platform()).save("acc", Tokens("again", "r9", NOW + 60, NOW + 60))
    assert await worker.refreshed("acc", "a0") == "again"
    assert (await store(redis, Platform()).load("acc")).access_token == "again"


async def test_refused_tokens_are_kept(redis: Redis) -> None:
    platform = Platform()
    worker = store(redis, platform)
    await worker.save("acc", tokens(-1))
    await worker.access_token("acc")
    platform.error = AuthFailed("not on the allow list", code=36009033)
    with pytest.raises(AuthFailed):
        await worker.refreshed("acc", "a1")
    assert platform.calls == 2, "no older refresh token is tried"
    assert (await store(redis, Platform()).load("acc")).refresh_token == "r1"
