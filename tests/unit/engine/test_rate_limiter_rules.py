"""Each rule of the pace by itself, to the exact request and moment; test_pace.py has what they come to together."""

from __future__ import annotations

from itertools import pairwise

import pytest

from worker.engine.global_rate_limiter import GlobalRateLimiter
from worker.engine.rate_limiter import SETTLE, RateLimiter


def accept(pace: RateLimiter, count: int, at: float) -> None:
    for _ in range(count):
        pace.succeeded(at)


def test_a_rise_waits_a_second_and_needs_seven_tenths_of_the_rate_used() -> None:
    pace = RateLimiter(10, 100, 50.0)
    accept(pace, 5, 50.99)
    pace.succeeded(50.999)
    assert pace.rate == 10, "too soon"
    pace = RateLimiter(10, 100, 50.0)
    accept(pace, 5, 51.0)
    assert pace.rate == 10, "too little used"
    pace.succeeded(51.0)
    assert pace.rate == 12.5


def test_a_slow_shop_rises_after_two_of_its_requests() -> None:
    pace = RateLimiter(1, 100, 50.0)
    pace.succeeded(51.9)
    assert pace.rate == 1
    pace.succeeded(52.0)
    assert pace.rate == 1.25


def test_what_was_accepted_a_second_ago_counts_no_more() -> None:
    pace = RateLimiter(10, 100, 0.0)
    accept(pace, 5, 0.5)
    pace.succeeded(1.5)
    assert pace.rate == 10
    pace.refused(1.5)
    assert pace.rate == pytest.approx(7 * SETTLE), "one request says less than seven tenths of the rate"


def test_the_requests_of_the_second_before_a_refusal_are_the_allowance() -> None:
    pace = RateLimiter(10, 100, 0.0)
    accept(pace, 3, 0.1)
    accept(pace, 8, 0.2)
    assert pace.refused(1.1) == pytest.approx(0.2 + 1.05 - 1.1), "until the oldest of them is out of the window"
    assert pace.rate == pytest.approx(8 * SETTLE)


def test_the_allowance_is_never_above_the_rate_that_was_refused() -> None:
    pace = RateLimiter(10, 100, 0.0)
    accept(pace, 30, 0.1)
    pace.refused(0.2)
    assert pace.rate == pytest.approx(10 * SETTLE)


def test_a_second_refusal_in_a_row_cuts_deeper_and_waits_for_a_third_of_the_window() -> None:
    pace = RateLimiter(10, 100, 0.0)
    for n in range(10):
        pace.succeeded(0.1 + n * 0.01)
    pace.refused(0.5)
    again = pace.blocked_until
    pace.refused(again)
    assert pace.rate == pytest.approx(10 * SETTLE * 0.6 * SETTLE), "the window is empty: six tenths of the rate"
    pace = RateLimiter(10, 100, 0.0)
    pace.refused(0.0)
    for n in range(10):
        pace.succeeded(n * 0.005)  # sent before the first refusal was known
    now = pace.blocked_until
    assert pace.refused(now) == pytest.approx(0.015 + 1.05 - now), "three of ten are out of the window"


def test_an_accepted_request_when_the_pause_is_over_ends_the_row() -> None:
    pace = RateLimiter(10, 100, 0.0)
    pace.refused(0.0)
    rate = pace.rate
    assert rate == pytest.approx(7 * SETTLE)
    now = pace.blocked_until
    pace.succeeded(now)
    pace.refused(now + 5)
    assert pace.rate == pytest.approx(rate * 0.7 * SETTLE)


def test_pauses_double_up_to_a_minute() -> None:
    pace = RateLimiter(1e6, 1e6, 0.0)
    now, pauses = 0.0, []
    for _ in range(13):
        pauses.append(pace.refused(now))
        now = pace.blocked_until
    assert pauses[:11] == pytest.approx([0.05 * 2**n for n in range(11)], rel=1e-3)
    assert pauses[11:] == pytest.approx([60, 60])


def test_a_slow_shop_pauses_half_an_interval_at_least() -> None:
    pace = RateLimiter(1, 100, 0.0)
    assert pace.refused(0.0) == pytest.approx(0.5 / (0.7 * SETTLE))


def test_a_rate_is_tried_however_often_it_is_refused() -> None:
    pace, now = RateLimiter(10, 100, 0.0), 0.0
    for _ in range(1_200):
        pace.refused(now)
        now = pace.blocked_until
    assert pace.rate == 0.05


@pytest.mark.parametrize(("requests", "seconds"), [(250, 12.0), (120, 30.0)])
@pytest.mark.parametrize("learned", [True, False])
def test_a_known_allowance_is_left_alone_until_it_was_quiet_for_long(
    requests: int, seconds: float, learned: bool
) -> None:
    pace, now = RateLimiter(10, 100, 100.0, knows_allowance=learned), 100.0
    if not learned:
        pace.refused(now)
    rate = pace.rate
    accept(pace, requests - 1, now + seconds)
    assert pace.rate == rate, "a request is missing"
    pace.succeeded(now + seconds)
    assert pace.rate == pytest.approx(rate * 1.02)
    pace = RateLimiter(10, 100, now, knows_allowance=True)
    accept(pace, requests, now + seconds - 0.01)
    assert pace.rate == 10, "a moment is missing"


def test_steps_double_up_to_a_quarter() -> None:
    pace, now, rates = RateLimiter(10, 1000, 0.0, knows_allowance=True), 30.0, [10.0]
    for _ in range(6):
        accept(pace, 250, now)
        now += 1.0
        rates.append(pace.rate)
    factors = [after / before for before, after in pairwise(rates)]
    assert factors == pytest.approx([1.02, 1.04, 1.08, 1.16, 1.25, 1.25])


def test_at_its_ceiling_a_pace_learns_nothing_and_begins_with_a_small_step_when_it_is_lifted() -> None:
    pace = RateLimiter(10, 10, 0.0, knows_allowance=True)
    accept(pace, 250, 30.0)
    assert pace.rate == 10
    pace.limit(100)
    accept(pace, 10, 31.0)
    assert pace.rate == pytest.approx(10.2)


def test_what_is_learned_is_told_to_a_thousandth() -> None:
    assert RateLimiter(10.12345, 50, 0.0).learned() == {"rate": 10.123, "known": False}
    assert RateLimiter(10, 50, 0.0, knows_allowance=True).learned() == {"rate": 10, "known": True}


def test_a_workers_part_has_its_moments_too() -> None:
    pace = GlobalRateLimiter(0.0)
    pace.grant(10)
    assert pace.earliest() == pytest.approx(0.1)
    assert pace.reserve(10.0) == 10.0
    assert pace.earliest() == pytest.approx(10.05), "half an interval is caught up"
