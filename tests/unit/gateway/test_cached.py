"""A costly value is made once for all who ask, and an old one is better than waiting."""

from __future__ import annotations

import asyncio

import pytest

from gateway.web.cached import Cached


async def test_all_who_ask_meanwhile_get_the_one_that_is_made() -> None:
    made = 0
    go = asyncio.Event()

    async def make() -> int:
        nonlocal made
        made += 1
        await go.wait()
        return made

    cached = Cached(make, life_seconds=3600)
    asked = [asyncio.create_task(cached.get()) for _ in range(5)]
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(*asked) == [1] * 5
    assert await cached.get() == 1


async def test_whoever_has_no_patience_gets_nothing_first_and_the_old_value_later() -> None:
    gate = asyncio.Semaphore(0)
    values = iter(range(1, 10))

    async def make() -> int:
        await gate.acquire()
        return next(values)

    cached = Cached(make, life_seconds=0, share=0)
    assert await cached.get(patience_seconds=0) is None
    gate.release()
    assert await cached.get() == 1
    assert await cached.get(patience_seconds=60) == 1
    gate.release()
    assert await cached.get() == 2
    await cached.close()


async def test_a_failure_is_told_and_the_next_one_tries_again() -> None:
    answers = iter([ValueError("no"), 7])

    async def make() -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    cached = Cached(make, life_seconds=3600)
    with pytest.raises(ValueError, match="no"):
        await cached.get()
    assert await cached.get() == 7
