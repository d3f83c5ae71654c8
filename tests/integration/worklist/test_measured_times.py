"""Times of answers are measured per person and used for the worklist's order."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from tests.support.blocked_records import BRAND, CATEGORY, block
from worklist.answer_times import LONGEST_SECONDS, MINUTES
from worklist.collect import collect
from worklist.measured_times import answer_times, count_answers


async def test_a_pause_between_two_answers_of_one_person_is_their_time(redis: Redis) -> None:
    await count_answers(redis, "Ana", ["brand"], 1000.0)
    await count_answers(redis, "Ben", ["brand"], 1020.0)
    assert (await answer_times(redis)).minutes("brand") == pytest.approx(MINUTES["brand"]), "nothing is known yet"
    await count_answers(redis, "Ana", ["brand"], 1240.0)
    times = await answer_times(redis)
    assert times.measured["brand"].answers == 1
    assert times.minutes("brand") > MINUTES["brand"]
    await count_answers(redis, "Ana", ["attribute", "category"], 1260.0)
    measured = (await answer_times(redis)).measured
    counted = {kind: each.answers for kind, each in measured.items() if each.answers}
    assert counted == {"brand": 1, "category": 1, "attribute": 1}


async def test_a_break_does_not_count_as_answer_time(redis: Redis) -> None:
    await count_answers(redis, "Ana", ["brand"], 1000.0)
    await count_answers(redis, "Ana", ["brand"], 1001.0 + LONGEST_SECONDS)
    assert (await answer_times(redis)).measured["brand"].answers == 0


async def test_the_worklist_is_ranked_by_the_measured_times(redis: Redis) -> None:
    for product_id in ("1", "2", "3"):
        await block(redis, "7", product_id, BRAND)
        await block(redis, "8", product_id, CATEGORY)
    now = 1000.0
    for _ in range(30):
        await count_answers(redis, "Ana", ["category"], now)
        now += 300.0
    first, second = (await collect(redis, ["7", "8"])).ranked()
    assert (first.question.name, second.question.name) == ("category", "brand")
    assert first.minutes > second.minutes
