"""CachedValue: concurrent callers share a refresh, and a stale value is returned if the refresh is slow."""

from __future__ import annotations

import asyncio

import pytest

from web_ui import cached_value as module
from web_ui.cached_value import CachedValue


async def test_concurrent_callers_share_one_refresh() -> None:
    made = 0
    go = asyncio.Event()

    async def make() -> int:
        nonlocal made
        made += 1
        await go.wait()
        return made

    cached_value = CachedValue(make, ttl_seconds=3600)
    asked = [asyncio.create_task(cached_value.get()) for _ in range(5)]
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(*asked) == [1] * 5
    assert await cached_value.get() == 1


async def test_timeout_returns_none_first_and_then_the_stale_value() -> None:
    gate = asyncio.Semaphore(0)
    values = iter(range(1, 10))

    async def make() -> int:
        await gate.acquire()
        return next(values)

    cached_value = CachedValue(make, ttl_seconds=0, rest_factor=0)
    assert await cached_value.get(timeout_seconds=0) is None
    gate.release()
    assert await cached_value.get() == 1
    assert await cached_value.get(timeout_seconds=60) == 1
    gate.release()
    assert await cached_value.get() == 2
    await cached_value.close()


async def test_failed_refresh_raises_and_the_next_get_retries() -> None:
    answers = iter([ValueError("no"), 7])

    async def make() -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    cached_value = CachedValue(make, ttl_seconds=3600)
    with pytest.raises(ValueError, match="no"):
        await cached_value.get()
    assert await cached_value.get() == 7


async def test_an_old_value_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(module, "MAX_STALE_SECONDS", 0.0)
    gate, values = asyncio.Semaphore(1), iter(range(1, 10))

    async def make() -> int:
        await gate.acquire()
        return next(values)

    cached_value = CachedValue(make, ttl_seconds=0, rest_factor=0)
    assert await cached_value.get() == 1
    asked = asyncio.create_task(cached_value.get())
    await asyncio.sleep(0)
    gate.release()
    assert await asked == 2
