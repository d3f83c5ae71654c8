"""Permits report waiting and throttling."""

from __future__ import annotations

import pytest

from worker.engine.call_permits import JobPermits, LeaseOver, ShopRateLimiter
from worker.engine.observer import Observer


class Recorder(Observer):
    def __init__(self) -> None:
        self.waited: list[tuple[str, float]] = []
        self.throttled: list[str] = []

    def rate_limit_waited(self, access: str, seconds: float) -> None:
        self.waited.append((access, seconds))

    def shop_throttled(self, shop_id: str) -> None:
        self.throttled.append(shop_id)


def permits(heard: Recorder) -> JobPermits:
    rate_limiter = ShopRateLimiter(None, 1e9, 1e9, 0.0)
    return JobPermits(rate_limiter, "read", lambda: 10.0, None, heard, "74")


async def test_a_reserved_permit_does_not_wait() -> None:
    heard = Recorder()
    job_permits = permits(heard)
    await job_permits.acquire("read")
    assert heard.waited == []
    await job_permits.acquire("write")
    assert heard.waited == [("write", 0.0)]


def test_only_throttling_is_reported_with_the_shop() -> None:
    heard = Recorder()
    job_permits = permits(heard)
    job_permits.report("read", False, None)
    assert heard.throttled == []
    job_permits.report("read", True, 1.0)
    assert heard.throttled == ["74"]


async def test_a_reserved_permit_ends_with_the_lease() -> None:
    leased = True
    rate_limiter = ShopRateLimiter(None, 10, 10, 0.0)
    permits = JobPermits(rate_limiter, "read", lambda: 10.0, is_leased=lambda: leased)
    await permits.acquire("read")
    await permits.reserve("write")
    leased = False
    with pytest.raises(LeaseOver):
        await permits.acquire("write")
    with pytest.raises(LeaseOver):
        await permits.acquire("read")
