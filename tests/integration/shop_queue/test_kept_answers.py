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


async def test_the_second_of_two_different_answers_to_one_question_is_refused(redis: Redis) -> None:
    await block(redis, *PRODUCT, MATERIAL, WEIGHT)
    at, silk = await at_of(redis), KeptAnswer("Silk", Hint(attribute={"id": "100392", "values": [{"name": "Silk"}]}))
    both = [NewAnswers(at, {"g1": each}) for each in (WOOL, silk)]
    first, second = await asyncio.gather(*(keep_answers(redis, {PRODUCT: each}) for each in both))
    refused = {**first.refused, **second.refused}
    assert len(first.products) + len(second.products) == 1
    assert refused == {PRODUCT: await texts(redis)}
    again = await keep_answers(redis, {PRODUCT: NewAnswers(at, {"g1": WOOL, "g2": TWELVE})})
    assert (await texts(redis))["g2"] == "12", "an answer to another question is kept"
    assert again.refused == ({} if first.products else {PRODUCT: {"g1": "Silk"}}), "the same answer may be repeated"


async def test_an_answer_replaces_the_one_that_its_giver_saw(redis: Redis) -> None:
    await block(redis, *PRODUCT, MATERIAL)
    at = await at_of(redis)
    await keep_answers(redis, {PRODUCT: NewAnswers(at, {"g1": WOOL})})
    replacing = KeptAnswer("Cotton", Hint(attribute={"id": "100392", "values": [{"id": "501"}]}), replaces="Wool")
    assert (await keep_answers(redis, {PRODUCT: NewAnswers(at, {"g1": replacing})})).refused == {}
    assert await texts(redis) == {"g1": "Cotton"}


async def test_answers_to_an_earlier_outcome_and_to_an_unreadable_record_are_not_kept(redis: Redis) -> None:
    await block(redis, *PRODUCT, MATERIAL, at="2026-11-27T12:00:00Z")
    kept = await keep_answers(redis, {PRODUCT: NewAnswers("2026-11-20T12:00:00Z", {"g1": WOOL})})
    assert (kept.products, kept.refused, kept.outdated) == ([], {}, [PRODUCT])
    await redis.hset(lane_keys("7").blocked, "1", "not JSON")  # type: ignore[misc]
    assert (await keep_answers(redis, {PRODUCT: NewAnswers("", {"g1": WOOL})})).outdated == [PRODUCT]
    assert await redis.hget(lane_keys("7").blocked, "1") == b"not JSON"  # type: ignore[misc]
