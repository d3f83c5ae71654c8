"""Whoever calls when, and however often a shop changes hands: in no window more requests than its rate allows."""

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
    """Any `n` requests span what `n - 1 - over` intervals take; a late caller catches up by half an interval."""
    for first, begin in enumerate(moments):
        for number, end in enumerate(moments[first:]):
            assert end - begin >= (number - over) / rate - SLACK


@given(waits, rates)
def test_a_steady_pace_keeps_its_rate_in_every_window(late: list[float], rate: float) -> None:
    pace, now, moments = RateLimiter(rate, 100, 0.0), 0.0, []
    for wait in late:
        now = pace.reserve(now + wait)
        moments.append(now)
    assert moments[0] >= 1 / rate - SLACK, "a start is no reason for a burst"
    most_in_any_window(moments, rate, 0.5)


@given(waits, rates)
def test_a_workers_part_keeps_its_rate_in_every_window(late: list[float], rate: float) -> None:
    pace, now, moments = GlobalRateLimiter(0.0), 0.0, []
    pace.grant(rate)
    for wait in late:
        now = pace.reserve(now + wait)
        moments.append(now)
    most_in_any_window(moments, rate, 0.5)


answers = st.lists(st.tuples(st.floats(0, 2), st.sampled_from(("ok", "ok", "ok", "refused", "told"))), max_size=80)


@given(answers, st.floats(0.5, 50), st.floats(0.5, 50))
def test_whatever_is_learned_a_ceiling_is_kept_and_a_pause_is_waited_out(
    steps: list[tuple[float, str]], rate: float, ceiling: float
) -> None:
    pace, now, moments = RateLimiter(rate, ceiling, 0.0), 0.0, []
    for wait, answer in steps:
        paused_until = pace.blocked_until
        now = pace.reserve(now + wait)
        assert now >= paused_until
        moments.append(now)
        if answer == "ok":
            pace.succeeded(now)
        else:
            pause = pace.refused(now, retry_after=3.0 if answer == "told" else None)
            assert pause >= (3.0 if answer == "told" else 0.0) - SLACK
            assert pace.earliest() >= now + pause - SLACK
        assert 0 < pace.rate <= ceiling
    most_in_any_window(moments, ceiling, 0.5)


hands = st.lists(st.tuples(st.floats(0, 5), st.integers(0, 20)), min_size=1, max_size=8)


@given(hands, st.floats(0.5, 100), st.sampled_from(("read", "write")), st.booleans())
def test_a_shop_that_changes_hands_does_not_burst(
    turns: list[tuple[float, int]], rate: float, access: Any, known: bool
) -> None:
    state: dict[str, Any] = {access: {"rate": rate, "known": known}}
    now, moments = 0.0, []
    for begin, count in turns:
        now += begin
        pacing = ShopRateLimiter(state, 10, 100, now)
        pace = pacing.paces[access]
        assert pace.rate == pytest.approx(state[access]["rate"])
        for _ in range(count):
            now = pace.reserve(now)
            moments.append(now)
        state = pacing.learned()
        assert state[access]["known"] == known
    # A holder is half an interval ahead at most, and the next one begins with a whole one.
    most_in_any_window(moments, rate + 0.001, 0.5)
