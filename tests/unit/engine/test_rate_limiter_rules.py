"""Each rule of the rate limiter alone; test_rate_limiter.py tests their combination."""

from __future__ import annotations

from itertools import pairwise

import pytest

from worker.engine.global_rate_limiter import GlobalRateLimiter
from worker.engine.rate_limiter import SETTLE, RateLimiter


def accept(limiter: RateLimiter, count: int, at: float) -> None:
    for _ in range(count):
        limiter.succeeded(at)


def test_a_rise_needs_a_second_and_70_percent_use() -> None:
    limiter = RateLimiter(10, 100, 50.0)
    accept(limiter, 5, 50.99)
    limiter.succeeded(50.999)
    assert limiter.rate == 10, "too soon"
    limiter = RateLimiter(10, 100, 50.0)
    accept(limiter, 5, 51.0)
    assert limiter.rate == 10, "too little used"
    limiter.succeeded(51.0)
    assert limiter.rate == 12.5


def test_a_slow_shop_rises_after_two_requests() -> None:
    limiter = RateLimiter(1, 100, 50.0)
    limiter.succeeded(51.9)
    assert limiter.rate == 1
    limiter.succeeded(52.0)
    assert limiter.rate == 1.25


def test_requests_older_than_a_second_no_longer_count() -> None:
    limiter = RateLimiter(10, 100, 0.0)
    accept(limiter, 5, 0.5)
    limiter.succeeded(1.5)
    assert limiter.rate == 10
    limiter.throttled(1.5)
    assert limiter.rate == pytest.approx(7 * SETTLE), "one request is less than 70 % of the rate"


def test_the_last_second_before_throttling_is_the_allowance() -> None:
    limiter = RateLimiter(10, 100, 0.0)
    accept(limiter, 3, 0.1)
    accept(limiter, 8, 0.2)
    assert limiter.throttled(1.1) == pytest.approx(0.2 + 1.05 - 1.1), "until the oldest request has left the window"
    assert limiter.rate == pytest.approx(8 * SETTLE)


def test_the_allowance_is_at_most_the_throttled_rate() -> None:
    limiter = RateLimiter(10, 100, 0.0)
    accept(limiter, 30, 0.1)
    limiter.throttled(0.2)
    assert limiter.rate == pytest.approx(10 * SETTLE)


def test_a_second_throttling_cuts_deeper_and_waits_longer() -> None:
    limiter = RateLimiter(10, 100, 0.0)
    for n in range(10):
        limiter.succeeded(0.1 + n * 0.01)
    limiter.throttled(0.5)
    again = limiter.blocked_until
    limiter.throttled(again)
    assert limiter.rate == pytest.approx(10 * SETTLE * 0.6 * SETTLE), "the window is empty: 60 % of the rate"
    limiter = RateLimiter(10, 100, 0.0)
    limiter.throttled(0.0)
    for n in range(10):
        limiter.succeeded(n * 0.005)  # sent before the throttling was known
    now = limiter.blocked_until
    assert limiter.throttled(now) == pytest.approx(0.015 + 1.05 - now), "three of ten have left the window"


def test_a_success_after_the_pause_resets_the_count() -> None:
    limiter = RateLimiter(10, 100, 0.0)
    limiter.throttled(0.0)
    rate = limiter.rate
    assert rate == pytest.approx(7 * SETTLE)
    now = limiter.blocked_until
    limiter.succeeded(now)
    limiter.throttled(now + 5)
    assert limiter.rate == pytest.approx(rate * 0.7 * SETTLE)


def test_pauses_double_up_to_a_minute() -> None:
    limiter = RateLimiter(1e6, 1e6, 0.0)
    now, pauses = 0.0, []
    for _ in range(13):
        pauses.append(limiter.throttled(now))
        now = limiter.blocked_until
    assert pauses[:11] == pytest.approx([0.05 * 2**n for n in range(11)], rel=1e-3)
    assert pauses[11:] == pytest.approx([60, 60])


def test_a_slow_shop_pauses_at_least_half_an_interval() -> None:
    limiter = RateLimiter(1, 100, 0.0)
    assert limiter.throttled(0.0) == pytest.approx(0.5 / (0.7 * SETTLE))


def test_the_rate_never_falls_below_the_minimum() -> None:
    limiter, now = RateLimiter(10, 100, 0.0), 0.0
    for _ in range(1_200):
        limiter.throttled(now)
        now = limiter.blocked_until
    assert limiter.rate == 0.05


@pytest.mark.parametrize(("requests", "seconds"), [(250, 12.0), (120, 30.0)])
@pytest.mark.parametrize("learned", [True, False])
def test_a_known_allowance_is_kept_until_a_quiet_period(requests: int, seconds: float, learned: bool) -> None:
    limiter, now = RateLimiter(10, 100, 100.0, knows_allowance=learned), 100.0
    if not learned:
        limiter.throttled(now)
    rate = limiter.rate
    accept(limiter, requests - 1, now + seconds)
    assert limiter.rate == rate, "a request is missing"
    limiter.succeeded(now + seconds)
    assert limiter.rate == pytest.approx(rate * 1.02)
    limiter = RateLimiter(10, 100, now, knows_allowance=True)
    accept(limiter, requests, now + seconds - 0.01)
    assert limiter.rate == 10, "a moment is missing"


def test_steps_double_up_to_a_quarter() -> None:
    limiter, now, rates = RateLimiter(10, 1000, 0.0, knows_allowance=True), 30.0, [10.0]
    for _ in range(6):
        accept(limiter, 250, now)
        now += 1.0
        rates.append(limiter.rate)
    factors = [after / before for before, after in pairwise(rates)]
    assert factors == pytest.approx([1.02, 1.04, 1.08, 1.16, 1.25, 1.25])


def test_a_raised_ceiling_is_approached_in_small_steps() -> None:
    limiter = RateLimiter(10, 10, 0.0, knows_allowance=True)
    accept(limiter, 250, 30.0)
    assert limiter.rate == 10
    limiter.limit(100)
    accept(limiter, 10, 31.0)
    assert limiter.rate == pytest.approx(10.2)


def test_the_learned_rate_is_rounded() -> None:
    assert RateLimiter(10.12345, 50, 0.0).learned() == {"rate": 10.123, "known": False}
    assert RateLimiter(10, 50, 0.0, knows_allowance=True).learned() == {"rate": 10, "known": True}


def test_the_global_limiter_spaces_requests() -> None:
    limiter = GlobalRateLimiter(0.0)
    limiter.grant(10)
    assert limiter.earliest() == pytest.approx(0.1)
    assert limiter.reserve(10.0) == 10.0
    assert limiter.earliest() == pytest.approx(10.05), "a late caller catches up by half an interval"
