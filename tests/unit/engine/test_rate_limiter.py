"""The rate limiter against a platform that counts in strict sliding seconds, in simulated time."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from itertools import count
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.engine.rate_limiter import RateLimiter


class Platform:
    """Accepts `allowance` requests in any sliding second."""

    def __init__(self, allowance: int) -> None:
        self.allowance = allowance
        self.accepted: deque[float] = deque()

    def accepts(self, at: float) -> bool:
        while self.accepted and self.accepted[0] <= at - 1.0:
            self.accepted.popleft()
        if len(self.accepted) >= self.allowance:
            return False
        self.accepted.append(at)
        return True


def drive(limiter: RateLimiter, platform: Platform, begin: float, end: float) -> tuple[int, int]:
    """Sends as soon as the limiter allows. Returns (accepted, throttled)."""
    now, accepted, throttled = begin, 0, 0
    while (now := max(now, limiter.reserve(now))) < end:
        if platform.accepts(now):
            limiter.succeeded(now)
            accepted += 1
        else:
            limiter.throttled(now)
            throttled += 1
    return accepted, throttled


@pytest.mark.parametrize("allowance", [5, 6, 7, 12, 30, 50])
def test_the_steady_state_uses_the_allowance(allowance: int) -> None:
    limiter, platform = RateLimiter(10, 100, 0.0), Platform(allowance)
    drive(limiter, platform, 0, 30)
    accepted, throttled = drive(limiter, platform, 30, 330)
    assert throttled < 0.01 * (accepted + throttled)
    assert accepted >= 0.95 * 300 * allowance


@pytest.mark.parametrize("allowance", [10, 20, 50])
def test_a_halved_allowance_is_respected_within_five_seconds(allowance: int) -> None:
    limiter, platform = RateLimiter(10, 100, 0.0), Platform(allowance)
    drive(limiter, platform, 0, 60)
    platform.allowance //= 2
    drive(limiter, platform, 60, 65)
    accepted, throttled = drive(limiter, platform, 65, 165)
    assert throttled < 0.01 * (accepted + throttled)
    assert accepted >= 0.9 * 100 * platform.allowance


def drive_over_a_network(limiter: RateLimiter, platform: Platform, end: float, jitter: float) -> tuple[int, int]:
    """Like `drive`, with requests that take up to `jitter` seconds and are answered 20 ms later."""
    random, order = Random(1), count()
    events: list[tuple[float, int, str]] = [(limiter.earliest(), next(order), "send")]
    accepted = throttled = 0
    while events[0][0] < end:
        now, _, event = heappop(events)
        if event == "send" and limiter.earliest() <= now:
            limiter.reserve(now)
            heappush(events, (now + random.uniform(0, jitter), next(order), "arrive"))
        elif event == "arrive":
            answer = "accepted" if platform.accepts(now) else "throttled"
            heappush(events, (now + 0.02, next(order), answer))
        elif event == "accepted":
            accepted += 1
            limiter.succeeded(now)
        elif event == "throttled":
            throttled += 1
            limiter.throttled(now)
        if event == "send":
            heappush(events, (max(limiter.earliest(), now), next(order), "send"))
    return accepted, throttled


@pytest.mark.parametrize("allowance", [5, 8, 20, 50])
def test_network_jitter_does_not_lower_the_rate(allowance: int) -> None:
    limiter, platform = RateLimiter(10, 100, 0.0), Platform(allowance)
    accepted, throttled = drive_over_a_network(limiter, platform, 120, jitter=0.01)
    assert throttled < 0.01 * (accepted + throttled)
    assert accepted >= 0.93 * 120 * allowance, "including the search for the allowance at the start"


def test_requests_in_flight_when_throttled_add_no_penalty() -> None:
    limiter, platform = RateLimiter(10, 100, 0.0), Platform(20)
    drive(limiter, platform, 0, 30)
    limiter.throttled(30.0)
    after_one = limiter.rate
    for _ in range(5):
        limiter.throttled(30.01)
    assert limiter.rate == after_one
    assert limiter.earliest() < 31.1


@pytest.mark.parametrize("allowance", [5, 10, 25])
def test_a_doubled_allowance_is_found_within_a_minute(allowance: int) -> None:
    limiter, platform = RateLimiter(10, 100, 0.0), Platform(allowance)
    drive(limiter, platform, 0, 60)
    platform.allowance *= 2
    drive(limiter, platform, 60, 120)
    accepted, _ = drive(limiter, platform, 120, 150)
    assert accepted >= 0.9 * 30 * platform.allowance


@given(st.lists(st.tuples(st.floats(0, 0.5), st.booleans()), max_size=80), st.floats(0.5, 50))
def test_requests_are_at_least_half_an_interval_apart(steps: list[tuple[float, bool]], rate: float) -> None:
    limiter, now, last = RateLimiter(rate, 100, 0.0), 0.0, None
    for wait, accepted in steps:
        now += wait
        smallest = 0.5 / limiter.rate
        at = limiter.reserve(now)
        assert at >= now
        if last is not None:
            assert at - last >= smallest * 0.79, "the rate may have grown by one step in between"
        last = at
        if accepted:
            limiter.succeeded(at)
        else:
            limiter.throttled(at)


def test_a_learned_rate_is_resumed() -> None:
    assert RateLimiter(10, 50, 100.0).reserve(100.0) == pytest.approx(100.1)
    limiter = RateLimiter(40, 50, 0.0)
    drive(limiter, Platform(20), 0, 30)
    learned = limiter.learned()
    assert learned["known"]
    assert 18 <= learned["rate"] <= 21


def test_retry_after_is_honoured() -> None:
    limiter = RateLimiter(10, 50, 0.0)
    limiter.throttled(1.0, retry_after=7.0)
    assert limiter.reserve(1.0) >= 8.0


def test_an_operators_limit_applies_immediately() -> None:
    limiter = RateLimiter(40, 50, 0.0)
    limiter.limit(2)
    accepted, _ = drive(limiter, Platform(50), 0, 30)
    assert accepted <= 62
