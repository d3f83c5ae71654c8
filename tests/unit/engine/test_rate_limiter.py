"""The pace against a platform that counts in strict sliding seconds, in simulated time."""

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


def drive(pace: RateLimiter, platform: Platform, begin: float, end: float) -> tuple[int, int]:
    """Sends as soon as the pace allows; (accepted, refused)."""
    now, accepted, refused = begin, 0, 0
    while (now := max(now, pace.reserve(now))) < end:
        if platform.accepts(now):
            pace.succeeded(now)
            accepted += 1
        else:
            pace.refused(now)
            refused += 1
    return accepted, refused


@pytest.mark.parametrize("allowance", [5, 6, 7, 12, 30, 50])
def test_the_steady_state_uses_the_allowance_and_is_hardly_ever_refused(allowance: int) -> None:
    pace, platform = RateLimiter(10, 100, 0.0), Platform(allowance)
    drive(pace, platform, 0, 30)
    accepted, refused = drive(pace, platform, 30, 330)
    assert refused < 0.01 * (accepted + refused)
    assert accepted >= 0.95 * 300 * allowance


@pytest.mark.parametrize("allowance", [10, 20, 50])
def test_a_halved_allowance_is_respected_within_five_seconds(allowance: int) -> None:
    pace, platform = RateLimiter(10, 100, 0.0), Platform(allowance)
    drive(pace, platform, 0, 60)
    platform.allowance //= 2
    drive(pace, platform, 60, 65)
    accepted, refused = drive(pace, platform, 65, 165)
    assert refused < 0.01 * (accepted + refused)
    assert accepted >= 0.9 * 100 * platform.allowance


def drive_over_a_network(pace: RateLimiter, platform: Platform, end: float, jitter: float) -> tuple[int, int]:
    """Like `drive`, with requests that are up to `jitter` seconds on their way and answered 20 ms later."""
    random, order = Random(1), count()
    events: list[tuple[float, int, str]] = [(pace.earliest(), next(order), "send")]
    accepted = refused = 0
    while events[0][0] < end:
        now, _, event = heappop(events)
        if event == "send" and pace.earliest() <= now:
            pace.reserve(now)
            heappush(events, (now + random.uniform(0, jitter), next(order), "arrive"))
        elif event == "arrive":
            answer = "accepted" if platform.accepts(now) else "refused"
            heappush(events, (now + 0.02, next(order), answer))
        elif event == "accepted":
            accepted += 1
            pace.succeeded(now)
        elif event == "refused":
            refused += 1
            pace.refused(now)
        if event == "send":
            heappush(events, (max(pace.earliest(), now), next(order), "send"))
    return accepted, refused


@pytest.mark.parametrize("allowance", [5, 8, 20, 50])
def test_jitter_on_the_way_does_not_make_the_pace_give_its_allowance_away(allowance: int) -> None:
    pace, platform = RateLimiter(10, 100, 0.0), Platform(allowance)
    accepted, refused = drive_over_a_network(pace, platform, 120, jitter=0.01)
    assert refused < 0.01 * (accepted + refused)
    assert accepted >= 0.93 * 120 * allowance, "the search for the allowance at the start included"


def test_refusals_of_requests_that_were_under_way_at_the_first_one_say_nothing_new() -> None:
    pace, platform = RateLimiter(10, 100, 0.0), Platform(20)
    drive(pace, platform, 0, 30)
    pace.refused(30.0)
    after_one = pace.rate
    for _ in range(5):
        pace.refused(30.01)
    assert pace.rate == after_one
    assert pace.earliest() < 31.1


@pytest.mark.parametrize("allowance", [5, 10, 25])
def test_a_doubled_allowance_is_found_within_a_minute(allowance: int) -> None:
    pace, platform = RateLimiter(10, 100, 0.0), Platform(allowance)
    drive(pace, platform, 0, 60)
    platform.allowance *= 2
    drive(pace, platform, 60, 120)
    accepted, _ = drive(pace, platform, 120, 150)
    assert accepted >= 0.9 * 30 * platform.allowance


@given(st.lists(st.tuples(st.floats(0, 0.5), st.booleans()), max_size=80), st.floats(0.5, 50))
def test_never_two_requests_closer_than_half_an_interval(steps: list[tuple[float, bool]], rate: float) -> None:
    pace, now, last = RateLimiter(rate, 100, 0.0), 0.0, None
    for wait, accepted in steps:
        now += wait
        smallest = 0.5 / pace.rate
        at = pace.reserve(now)
        assert at >= now
        if last is not None:
            assert at - last >= smallest * 0.79, "the rate may have grown by one step in between"
        last = at
        if accepted:
            pace.succeeded(at)
        else:
            pace.refused(at)


def test_a_cold_start_waits_one_interval_and_a_learned_pace_goes_on_where_it_was() -> None:
    assert RateLimiter(10, 50, 100.0).reserve(100.0) == pytest.approx(100.1)
    pace = RateLimiter(40, 50, 0.0)
    drive(pace, Platform(20), 0, 30)
    learned = pace.learned()
    assert learned["known"]
    assert 18 <= learned["rate"] <= 21


def test_retry_after_is_honoured() -> None:
    pace = RateLimiter(10, 50, 0.0)
    pace.refused(1.0, retry_after=7.0)
    assert pace.reserve(1.0) >= 8.0


def test_a_persons_limit_holds_at_once() -> None:
    pace = RateLimiter(40, 50, 0.0)
    pace.limit(2)
    accepted, _ = drive(pace, Platform(50), 0, 30)
    assert accepted <= 62
