"""A worker's part of the global rate limit, in simulated time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.engine.global_rate_limiter import GlobalRateLimiter


def sent(limiter: GlobalRateLimiter, begin: float, end: float) -> list[float]:
    """The sending times of a worker that always has something to send."""
    now, moments = begin, []
    while (now := max(now, limiter.reserve(now))) < end:
        moments.append(now)
    return moments


def test_next_to_nothing_is_sent_before_a_grant() -> None:
    assert GlobalRateLimiter(0.0).earliest() >= 10


def test_the_whole_grant_is_used_evenly() -> None:
    limiter = GlobalRateLimiter(0.0)
    limiter.grant(20)
    moments = sent(limiter, 10.0, 20.0)
    assert len(moments) == pytest.approx(200, abs=2)
    assert min(b - a for a, b in pairwise(moments[1:])) == pytest.approx(0.05)


def test_a_new_grant_applies_immediately() -> None:
    limiter = GlobalRateLimiter(0.0)
    limiter.grant(0.1)
    limiter.reserve(10.0)
    limiter.grant(100)
    assert limiter.earliest() <= 10.02
    limiter.grant(1)
    assert limiter.earliest() >= 10.5


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60), st.floats(0.5, 100))
def test_late_callers_cause_no_burst(waits: list[float], rate: float) -> None:
    limiter, now, last = GlobalRateLimiter(0.0), 0.0, None
    limiter.grant(rate)
    for wait in waits:
        now += wait
        at = limiter.reserve(now)
        assert at >= now
        if last is not None:
            assert at - last >= 0.499 / rate
        last = at
