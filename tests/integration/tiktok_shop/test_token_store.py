"""Tokens in a real server: never readable, refreshed once however many ask."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from tiktok_shop.errors import AuthFailed, Transient
from tiktok_shop.token_cipher import TokenCipher, TokenKeyMismatch
from tiktok_shop.tokens import Tokens, TokenStore

NOW = 1_800_000_000
CIPHER = TokenCipher("a key for these tests")


class Platform:
    """Answers refreshes; an old refresh token is dead at once."""

    def __init__(self) -> None:
        self.valid, self.calls, self.down = "r0", 0, False
        self.refreshed, self.may_answer = asyncio.Event(), asyncio.Event()
        self.may_answer.set()

    async def token_request(self, name: str, parameters: dict[str, str]) -> dict[str, Any]:
        await asyncio.sleep(0.01)
        self.calls += 1
        if self.down:
            raise Transient("no answer")
        if parameters["refresh_token"] != self.valid:
            raise AuthFailed("dead refresh token", code=36004004)
        self.valid = f"r{self.calls}"
        answer = {
            "access_token": f"a{self.calls}",
            "access_token_expire_in": NOW + 7 * 86400,
            "refresh_token": self.valid,
            "refresh_token_expire_in": NOW + 365 * 86400,
        }
        self.refreshed.set()
        await self.may_answer.wait()
        return answer


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
    await one.save("acc", tokens(60))
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


async def test_a_failed_refresh_ahead_of_time_harms_nobody(redis: Redis) -> None:
    platform = Platform()
    platform.down = True
    one = store(redis, platform)
    await one.save("acc", tokens(60))
    assert await one.access_token("acc") == "a0"
    await one.save("acc", tokens(-1))
    with pytest.raises(Transient):
        await one.access_token("acc")


async def test_an_ended_authorisation_is_told_without_a_call(redis: Redis) -> None:
    platform = Platform()
    one = store(redis, platform)
    await one.save("acc", tokens(-1, -1))
    with pytest.raises(AuthFailed, match="authorise"):
        await one.access_token("acc")
    assert platform.calls == 0
    with pytest.raises(AuthFailed, match="add the shop"):
        await one.access_token("nobody")


async def test_a_refresh_whose_job_is_cancelled_still_saves_what_the_platform_gave(redis: Redis) -> None:
    platform = Platform()
    platform.may_answer.clear()
    one, two = store(redis, platform), store(redis, platform)
    await one.save("acc", tokens(-1))
    job = asyncio.create_task(one.access_token("acc"))
    await platform.refreshed.wait()
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    others = asyncio.gather(one.access_token("acc"), two.access_token("acc"))
    platform.may_answer.set()
    async with asyncio.timeout(10):
        assert await others == ["a1", "a1"]
    assert platform.calls == 1


class AwayFor:
    """A store whose first writes of a refreshed token fail."""

    def __init__(self, redis: Redis, writes: int) -> None:
        self._redis, self.left = redis, writes

    async def execute_command(self, *args: Any) -> Any:
        if args[0] == "SET" and "NX" not in args and self.left:
            self.left -= 1
            raise ConnectionError("Redis is away")
        return await self._redis.execute_command(*args)


async def test_fresh_tokens_outlive_a_store_that_is_away(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tiktok_shop.tokens.SAVE_AGAIN_SECONDS", 0.001)
    platform = Platform()
    await store(redis, platform).save("acc", tokens(-1))
    one = TokenStore(AwayFor(redis, writes=20), CIPHER, platform, clock=lambda: NOW)
    assert await one.access_token("acc") == "a1"
    assert (await store(redis, platform).load("acc")).refresh_token == platform.valid
    gone = TokenStore(AwayFor(redis, writes=1000), CIPHER, platform, clock=lambda: NOW)
    with pytest.raises(ConnectionError):
        await gone.refreshed("acc", "a1")


async def test_what_is_forgotten_is_gone_from_memory_and_store(redis: Redis) -> None:
    one = store(redis, Platform())
    await one.save("acc", tokens(86400))
    await one.forget("acc")
    with pytest.raises(AuthFailed, match="add the shop"):
        await one.access_token("acc")
