"""Answers that wait with a blocked product: kept, replaced, forgotten, and never added to another outcome."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from model.hint import Hint
from shop_queue.blocked_products import read_blocked
from shop_queue.kept_answers import KeptAnswer, NewAnswers, forget_answers, keep_answers
from shop_queue.keys import lane_keys
from tests.support.blocked_records import MATERIAL, WEIGHT, block

PRODUCT = ("7", "1")
WOOL = KeptAnswer("Wool", Hint(attribute={"id": "100392", "values": [{"id": "502"}]}))
TWELVE = KeptAnswer("12", Hint(attribute={"id": "100400", "values": [{"name": "12"}]}))


async def at_of(redis: Redis) -> str:
    found = (await read_blocked(redis, [PRODUCT]))[PRODUCT]
    assert found is not None
    return found.at


async def texts(redis: Redis) -> dict[str, str]:
    found = (await read_blocked(redis, [PRODUCT]))[PRODUCT]
    assert found is not None
    return {key: each["text"] for key, each in found.kept.items()}


async def test_concurrent_answers_of_two_people_are_both_kept_and_added_to_the_job(redis: Redis) -> None:
    await block(redis, *PRODUCT, MATERIAL, WEIGHT)
    at = await at_of(redis)
    given = [{PRODUCT: NewAnswers(at, {f"g{n}": each})} for n, each in enumerate((WOOL, TWELVE) * 4)]
    await asyncio.gather(*(keep_answers(redis, each) for each in given))
    assert len(await texts(redis)) == 8
    found = (await read_blocked(redis, [PRODUCT]))[PRODUCT]
    assert found is not None
    assert {each["id"] for each in found.retry().attributes} == {"100392", "100400"}


async def test_one_answer_or_all_are_forgotten(redis: Redis) -> None:
    await block(redis, *PRODUCT, MATERIAL, WEIGHT)
    await keep_answers(redis, {PRODUCT: NewAnswers(await at_of(redis), {"g1": WOOL, "g2": TWELVE})})
    assert await forget_answers(redis, [PRODUCT], "g1") == 1
    assert await texts(redis) == {"g2": "12"}
    assert await forget_answers(redis, [PRODUCT], "g1") == 0
    assert await forget_answers(redis, [PRODUCT, ("7", "none")]) == 1
    assert await texts(redis) == {}


async def test_answers_to_an_earlier_outcome_and_to_an_unreadable_record_are_not_kept(redis: Redis) -> None:
    await block(redis, *PRODUCT, MATERIAL, at="2026-11-27T12:00:00Z")
    assert await keep_answers(redis, {PRODUCT: NewAnswers("2026-11-20T12:00:00Z", {"g1": WOOL})}) == []
    await redis.hset(lane_keys("7").blocked, "1", "not JSON")  # type: ignore[misc]
    assert await keep_answers(redis, {PRODUCT: NewAnswers("", {"g1": WOOL})}) == []
    assert await redis.hget(lane_keys("7").blocked, "1") == b"not JSON"  # type: ignore[misc]
