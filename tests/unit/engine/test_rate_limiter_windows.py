"""No window has more requests than its rate allows, whatever callers and lease holders do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.engine.call_permits import ShopRateLimiter
from worker.engine.global_rate_limiter import GlobalRateLimiter
from worker.engine.rate_limiter import RateLimiter

SLACK = 1e-6
waits = st.lists(st.one_of(st.just(0.0), st.floats(0, 0.3), st.floats(0, 30)), min_size=2, max_size=60)
rates = st.floats(0.2, 100)


def most_in_any_window(moments: list[float], rate: float, over: float) -> None:
    """Any `n` requests span at least `n - 1 - over` intervals; a late caller catches up by half an interval."""
    for first, begin in enumerate(moments):
        for number, end in enumerate(moments[first:]):
            assert end - begin >= (number - over) / rate - SLACK


@given(waits, rates)
def test_a_steady_rate_holds_in_every_window(late: list[float], rate: float) -> None:
    limiter, now, moments = RateLimiter(rate, 100, 0.0), 0.0, []
    for wait in late:
        now = limiter.reserve(now + wait)
        moments.append(now)
    assert moments[0] >= 1 / rate - SLACK, "no burst at the start"
    most_in_any_window(moments, rate, 0.5)


@given(waits, rates)
def test_the_global_rate_holds_in_every_window(late: list[float], rate: float) -> None:
    limiter, now, moments = GlobalRateLimiter(0.0), 0.0, []
    limiter.grant(rate)
    for wait in late:
        now = limiter.reserve(now + wait)
        moments.append(now)
    most_in_any_window(moments, rate, 0.5)


answers = st.lists(
    st.tuples(st.floats(0, 2), st.sampled_from(("ok", "ok", "ok", "throttled", "retry_after"))), max_size=80
)


@given(answers, st.floats(0.5, 50), st.floats(0.5, 50))
def test_ceiling_and_pause_hold_for_any_history(steps: list[tuple[float, str]], rate: float, ceiling: float) -> None:
    limiter, now, moments = RateLimiter(rate, ceiling, 0.0), 0.0, []
    for wait, answer in steps:
        paused_until = limiter.blocked_until
        now = limiter.reserve(now + wait)
        assert now >= paused_until
        moments.append(now)
        if answer == "ok":
            limiter.succeeded(now)
        else:
            pause = limiter.throttled(now, retry_after=3.0 if answer == "retry_after" else None)
            assert pause >= (3.0 if answer == "retry_after" else 0.0) - SLACK
            assert limiter.earliest() >= now + pause - SLACK
        assert 0 < limiter.rate <= ceiling
    most_in_any_window(moments, ceiling, 0.5)


hands = st.lists(st.tuples(st.floats(0, 5), st.integers(0, 20)), min_size=1, max_size=8)


@given(hands, st.floats(0.5, 100), st.sampled_from(("read", "write")), st.booleans())
def test_a_change_of_holder_causes_no_burst(
    turns: list[tuple[float, int]], rate: float, access: Any, known: bool
) -> None:
    state: dict[str, Any] = {access: {"rate": rate, "known": known}}
    now, moments = 0.0, []
    for begin, count in turns:
        now += begin
        rate_limiter = ShopRateLimiter(state, 10, 100, now)
        limiter = rate_limiter.limiters[access]
        assert limiter.rate == pytest.approx(state[access]["rate"])
        for _ in range(count):
            now = limiter.reserve(now)
            moments.append(now)
        state = rate_limiter.learned()
        assert state[access]["known"] == known
    # A holder is at most half an interval ahead, and the next one starts with a whole interval.
    most_in_any_window(moments, rate + 0.001, 0.5)
