"""Refreshes that are refused, incomplete, cannot be saved at once, or were done by another process."""

from __future__ import annotations

from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.support.token_platform import NOW, Platform, store, tokens
from tiktok_shop.errors import AuthFailed, MalformedResponse
from token_store.token_response import parse_token_response
from token_store.tokens import AccountCredentials


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
    await store(redis, Platform()).save("acc", parse_token_response(answer(access_token="again")))
    assert await AccountCredentials(theirs, "acc").refreshed("a0") == "again"
    assert platform.calls == 1


async def test_tokens_of_another_process_are_used_after_waiting(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = Platform()
    theirs = store(redis, platform)
    await theirs.save("acc", tokens(-1))
    real, looks = theirs.load, []

    async def load(account: str) -> Any:
        looks.append(account)
        if len(looks) == 2:
            await store(redis, Platform()).save("acc", parse_token_response(answer(access_token="theirs")))
        return await real(account)

    monkeypatch.setattr(theirs, "load", load)
    assert await theirs.refreshed("acc", "a0") == "theirs"
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


def answer(**fields: Any) -> dict[str, Any]:
    whole = {
        "access_token": "a",
        "refresh_token": "r",
        "access_token_expire_in": NOW + 9,
        "refresh_token_expire_in": NOW + 99,
    }
    return {**whole, **fields}


@pytest.mark.parametrize(
    "half",
    [
        {"access_token": ""},
        {"refresh_token": None},
        {"access_token": 5},
        {"access_token_expire_in": "soon"},
        {"refresh_token_expire_in": None},
    ],
    ids=str,
)
def test_incomplete_response_is_refused(half: dict[str, Any]) -> None:
    with pytest.raises(MalformedResponse):
        parse_token_response(answer(**half))
