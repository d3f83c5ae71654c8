"""A worker's part of the ceiling over all shops: evenly spent, in simulated time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.engine.global_rate_limiter import GlobalRateLimiter


def sent(pace: GlobalRateLimiter, begin: float, end: float) -> list[float]:
    """The moments a worker sends that always has something to send."""
    now, moments = begin, []
    while (now := max(now, pace.reserve(now))) < end:
        moments.append(now)
    return moments


def test_nothing_to_speak_of_is_sent_before_a_grant() -> None:
    assert GlobalRateLimiter(0.0).earliest() >= 10


def test_all_of_the_grant_is_used_evenly() -> None:
    pace = GlobalRateLimiter(0.0)
    pace.grant(20)
    moments = sent(pace, 10.0, 20.0)
    assert len(moments) == pytest.approx(200, abs=2)
    assert min(b - a for a, b in pairwise(moments[1:])) == pytest.approx(0.05)


def test_another_grant_counts_at_once() -> None:
    pace = GlobalRateLimiter(0.0)
    pace.grant(0.1)
    pace.reserve(10.0)
    pace.grant(100)
    assert pace.earliest() <= 10.02
    pace.grant(1)
    assert pace.earliest() >= 10.5


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60), st.floats(0.5, 100))
def test_no_burst_however_late_the_callers_come(waits: list[float], rate: float) -> None:
    pace, now, last = GlobalRateLimiter(0.0), 0.0, None
    pace.grant(rate)
    for wait in waits:
        now += wait
        at = pace.reserve(now)
        assert at >= now
        if last is not None:
            assert at - last >= 0.499 / rate
        last = at
