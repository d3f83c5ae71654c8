"""Tokens in a real server: never readable, refreshed once however many ask."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from tiktok_shop.errors import (
    AuthFailed,
    BadRequest,
    MalformedResponse,
    Throttled,
    TikTokShopError,
    TokensUnavailable,
    Transient,
)
from token_store.cipher import TokenCipher, TokenKeyMismatch
from token_store.tokens import Tokens, TokenStore

NOW = 1_800_000_000
CIPHER = TokenCipher("a key for these tests")


class Clock:
    def __init__(self) -> None:
        self.seconds = float(NOW)

    def __call__(self) -> float:
        return self.seconds


class Platform:
    """Answers refreshes; an old refresh token is dead at once."""

    def __init__(self, life: int = 7 * 86400) -> None:
        self.valid, self.calls, self.down, self.life = "r0", 0, False, life
        self.answers: TikTokShopError | None = None
        """Instead of tokens."""
        self.asked, self.hold = asyncio.Event(), asyncio.Event()
        self.hold.set()

    async def token_request(self, name: str, parameters: dict[str, str]) -> dict[str, Any]:
        await asyncio.sleep(0.01)
        self.calls += 1
        if self.down:
            raise Transient("no answer")
        if self.answers:
            raise self.answers
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
        }


def store(redis: Redis, platform: Platform) -> TokenStore:
    return TokenStore(redis, CIPHER, platform, clock=lambda: NOW)


def tokens(access_left: int, refresh_left: int = 86400) -> Tokens:
    return Tokens("a0", "r0", NOW + access_left, NOW + refresh_left)


async def test_what_is_stored_can_not_be_read_without_the_key(redis: Redis) -> None:
    await store(redis, Platform()).save("acc", Tokens("SECRET-ACCESS", "SECRET-REFRESH", NOW + 9999, NOW + 9999))
    (key,) = await redis.keys("relist:token:*")
    assert b"SECRET" not in await redis.get(key)
    other = TokenStore(redis, TokenCipher("quite another key"), Platform(), clock=lambda: NOW)
    with pytest.raises(TokenKeyMismatch, match="RELIST_TOKEN_KEY"):
        await other.load("acc")


async def test_a_lasting_token_costs_no_call(redis: Redis) -> None:
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


async def test_an_expired_one_is_exchanged_once_for_all(redis: Redis) -> None:
    platform = Platform()
    one, two = store(redis, platform), store(redis, platform)
    await one.save("acc", tokens(86400))
    got = await asyncio.gather(*(each.refreshed("acc", "a0") for each in (one, two) * 10))
    assert set(got) == {"a1"}
    assert (await two.load("acc")).refresh_token == "r1"


async def test_a_refresh_that_fails_ahead_of_time_harms_nobody_and_is_not_tried_with_every_call(redis: Redis) -> None:
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


async def test_a_token_that_lives_for_minutes_is_refreshed_once_and_near_its_end(redis: Redis) -> None:
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
    ("answer", "error"),
    [
        (MalformedResponse("a token is missing"), TokensUnavailable),
        (Throttled("too many", code=36009002), TokensUnavailable),
        (AuthFailed("HTTP 403", http_status=403), TokensUnavailable),
        (BadRequest("app_secret is invalid", code=36009004), AuthFailed),
        (AuthFailed("used, expired or wrong", code=36004004), AuthFailed),
    ],
)
async def test_a_refusal_is_told_from_no_answer(
    redis: Redis, answer: TikTokShopError, error: type[TikTokShopError]
) -> None:
    platform = Platform()
    platform.answers = answer
    one = store(redis, platform)
    await one.save("acc", tokens(-1))
    with pytest.raises(error):
        await one.access_token("acc")
    assert not await redis.exists("relist:token:{acc}:refreshing")


async def test_a_refresh_outlives_the_job_that_asked_for_it(redis: Redis) -> None:
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


async def test_one_that_slept_through_its_lock_is_believed(redis: Redis) -> None:
    """The other's refresh is refused, since the old refresh token is spent; what the sleeper got is used."""
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


async def test_an_ended_authorisation_is_told_without_a_call(redis: Redis) -> None:
    platform = Platform()
    one = store(redis, platform)
    await one.save("acc", tokens(-1, -1))
    with pytest.raises(AuthFailed, match="authorise"):
        await one.access_token("acc")
    assert platform.calls == 0
    with pytest.raises(AuthFailed, match="add the shop"):
        await one.access_token("nobody")


async def test_resealing_never_writes_over_a_refresh_that_came_between(redis: Redis) -> None:
    old, both = "a key for these tests", TokenCipher("the key that comes next", "a key for these tests")
    await store(redis, Platform()).save("acc", tokens(86400))

    class RefreshedMeanwhile:
        """Another worker, with the old key, refreshes between the read and the write."""

        done = False

        async def execute_command(self, *args: Any) -> Any:
            if args[0] == "EVAL" and not self.done:
                self.done = True
                fresh = Tokens("a1", "r1", NOW + 9999, NOW + 9999)
                await TokenStore(redis, TokenCipher(old), Platform()).save("acc", fresh)
            return await redis.execute_command(*args)

    rotating = TokenStore(RefreshedMeanwhile(), both, Platform(), clock=lambda: NOW)
    assert not await rotating.is_resealed("acc")
    assert await rotating.reseal("acc")
    assert await rotating.is_resealed("acc")
    assert (await rotating.load("acc")).refresh_token == "r1"
    assert not await rotating.reseal("acc")
    assert await rotating.is_resealed("nobody")
    assert not await rotating.reseal("nobody")


async def test_what_is_forgotten_is_gone_from_memory_and_store(redis: Redis) -> None:
    one = store(redis, Platform())
    await one.save("acc", tokens(86400))
    await one.forget("acc")
    with pytest.raises(AuthFailed, match="add the shop"):
        await one.access_token("acc")
