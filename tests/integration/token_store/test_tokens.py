"""TokenStore on a real server: encrypted, and refreshed once for all callers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from tests.support.token_platform import CIPHER, NOW, Clock, Platform, store, tokens
from tiktok_shop.errors import (
    AuthFailed,
    BadRequest,
    MalformedResponse,
    Throttled,
    TikTokShopError,
    TokensUnavailable,
)
from token_store.cipher import TokenCipher, TokenKeyMismatch
from token_store.tokens import Tokens, TokenStore


async def test_tokens_are_unreadable_without_the_key(redis: Redis) -> None:
    await store(redis, Platform()).save("acc", Tokens("SECRET-ACCESS", "SECRET-REFRESH", NOW + 9999, NOW + 9999))
    (key,) = await redis.keys("relist:token:*")
    assert b"SECRET" not in await redis.get(key)
    other = TokenStore(redis, TokenCipher("quite another key"), Platform(), clock=lambda: NOW)
    with pytest.raises(TokenKeyMismatch, match="RELIST_TOKEN_KEY"):
        await other.load("acc")


async def test_valid_token_needs_no_call(redis: Redis) -> None:
    platform = Platform()
    one = store(redis, platform)
    await one.save("acc", tokens(86400))
    assert await one.access_token("acc") == "a0"
    assert platform.calls == 0


async def test_many_tasks_of_two_workers_refresh_once(redis: Redis) -> None:
    platform = Platform()
    one, two = store(redis, platform), store(redis, platform)
    await one.save("acc", tokens(-1))
    got = await asyncio.gather(*(each.access_token("acc") for each in (one, two) * 20))
    assert set(got) == {"a1"}
    assert platform.calls == 1


async def test_expired_token_is_exchanged_once_for_all(redis: Redis) -> None:
    platform = Platform()
    one, two = store(redis, platform), store(redis, platform)
    await one.save("acc", tokens(86400))
    got = await asyncio.gather(*(each.refreshed("acc", "a0") for each in (one, two) * 10))
    assert set(got) == {"a1"}
    assert (await two.load("acc")).refresh_token == "r1"


async def test_failed_early_refresh_keeps_the_valid_token(redis: Redis) -> None:
    platform, now = Platform(), Clock()
    platform.down = True
    one = TokenStore(redis, CIPHER, platform, now)
    await one.save("acc", tokens(86400, 2 * 86400))
    now.seconds += 86400 - 60
    assert {await one.access_token("acc") for _ in range(5)} == {"a0"}
    assert platform.calls == 1
    now.seconds += 61
    with pytest.raises(TokensUnavailable, match="no answer"):
        await one.access_token("acc")


async def test_short_lived_token_is_refreshed_near_its_end(redis: Redis) -> None:
    platform, now = Platform(life=600), Clock()
    one = TokenStore(redis, CIPHER, platform, now)
    await one.save("acc", tokens(-1))
    assert [await one.access_token("acc") for _ in range(3)] == ["a1"] * 3
    now.seconds += 530
    assert await one.access_token("acc") == "a1"
    now.seconds += 20
    assert [await one.access_token("acc") for _ in range(3)] == ["a2"] * 3
    assert platform.calls == 2


@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (MalformedResponse("a token is missing"), TokensUnavailable),
        (Throttled("too many", code=36009002), TokensUnavailable),
        (AuthFailed("HTTP 403", http_status=403), TokensUnavailable),
        (BadRequest("app_secret is invalid", code=36009004), AuthFailed),
        (AuthFailed("used, expired or wrong", code=36004004), AuthFailed),
    ],
)
async def test_refusal_differs_from_a_failed_request(
    redis: Redis, raised: TikTokShopError, error: type[TikTokShopError]
) -> None:
    platform = Platform()
    platform.error = raised
    one = store(redis, platform)
    await one.save("acc", tokens(-1))
    with pytest.raises(error):
        await one.access_token("acc")
    assert not await redis.exists("relist:token:{acc}:refreshing")


async def test_refresh_outlives_the_job_that_started_it(redis: Redis) -> None:
    platform = Platform()
    async with store(redis, platform) as one:
        await one.save("acc", tokens(-1))
        platform.hold.clear()
        asking = asyncio.create_task(one.access_token("acc"))
        await platform.asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        platform.hold.set()
    assert (await store(redis, platform).load("acc")).refresh_token == "r1"


async def test_refresh_after_a_lost_lock_is_used(redis: Redis) -> None:
    """The other process is refused because the refresh token is used up; it takes the first process's result."""
    slow = Platform()
    sleeper, other = store(redis, slow), store(redis, slow)
    await sleeper.save("acc", tokens(-1))
    slow.hold.clear()
    first = asyncio.create_task(sleeper.access_token("acc"))
    await slow.asked.wait()
    await redis.delete("relist:token:{acc}:refreshing")
    second = asyncio.create_task(other.access_token("acc"))
    await asyncio.sleep(0)
    slow.hold.set()
    assert await asyncio.gather(first, second) == ["a1", "a1"]


async def test_expired_authorisation_needs_no_call(redis: Redis) -> None:
    platform = Platform()
    one = store(redis, platform)
    await one.save("acc", tokens(-1, -1))
    with pytest.raises(AuthFailed, match="authorise"):
        await one.access_token("acc")
    assert platform.calls == 0
    with pytest.raises(AuthFailed, match="relist shops connect"):
        await one.access_token("nobody")


async def test_reencryption_never_overwrites_a_concurrent_refresh(redis: Redis) -> None:
    old, both = "a key for these tests", TokenCipher("the key that comes next", "a key for these tests")
    await store(redis, Platform()).save("acc", tokens(86400))

    class RefreshInBetween:
        """Another worker with the old key refreshes between the read and the write."""

        done = False

        async def execute_command(self, *args: Any) -> Any:
            if args[0] == "EVAL" and not self.done:
                self.done = True
                fresh = Tokens("a1", "r1", NOW + 9999, NOW + 9999)
                await TokenStore(redis, TokenCipher(old), Platform()).save("acc", fresh)
            return await redis.execute_command(*args)

    rotating = TokenStore(RefreshInBetween(), both, Platform(), clock=lambda: NOW)
    assert not await rotating.uses_newest_key("acc")
    assert await rotating.reencrypt("acc")
    assert await rotating.uses_newest_key("acc")
    assert (await rotating.load("acc")).refresh_token == "r1"
    assert not await rotating.reencrypt("acc")
    assert await rotating.uses_newest_key("nobody")
    assert not await rotating.reencrypt("nobody")


async def test_forgotten_tokens_leave_memory_and_redis(redis: Redis) -> None:
    one = store(redis, Platform())
    await one.save("acc", tokens(86400))
    await one.forget("acc")
    with pytest.raises(AuthFailed, match="relist shops connect"):
        await one.access_token("acc")
