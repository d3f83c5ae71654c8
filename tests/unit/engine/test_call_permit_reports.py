"""What a job's gate tells of waiting and of being throttled."""

from __future__ import annotations

import pytest

from worker.engine.call_permits import JobPermits, LeaseOver, ShopRateLimiter
from worker.engine.observer import Observer


class Listening(Observer):
    def __init__(self) -> None:
        self.waited: list[tuple[str, float]] = []
        self.throttled: list[str] = []

    def pace_waited(self, access: str, seconds: float) -> None:
        self.waited.append((access, seconds))

    def shop_throttled(self, shop_id: str) -> None:
        self.throttled.append(shop_id)


def gate(heard: Listening) -> JobPermits:
    pacing = ShopRateLimiter(None, 1e9, 1e9, 0.0)
    return JobPermits(pacing, "read", lambda: 10.0, None, heard, "74")


async def test_a_call_that_was_paid_for_when_the_job_started_waits_for_nothing_and_later_ones_are_told() -> None:
    heard = Listening()
    told = gate(heard)
    await told.acquire("read")
    assert heard.waited == []
    await told.acquire("write")
    assert heard.waited == [("write", 0.0)]


def test_only_a_refusal_for_too_many_requests_is_told_with_its_shop() -> None:
    heard = Listening()
    told = gate(heard)
    told.report("read", False, None)
    assert heard.throttled == []
    told.report("read", True, 1.0)
    assert heard.throttled == ["74"]


async def test_a_job_whose_lease_is_over_sends_nothing_even_at_a_moment_it_had_been_given() -> None:
    leased = True
    pacing = ShopRateLimiter(None, 10, 10, 0.0)
    gate = JobPermits(pacing, "read", lambda: 10.0, leased=lambda: leased)
    await gate.acquire("read")
    await gate.hold("write")
    leased = False
    with pytest.raises(LeaseOver):
        await gate.acquire("write")
    with pytest.raises(LeaseOver):
        await gate.acquire("read")
