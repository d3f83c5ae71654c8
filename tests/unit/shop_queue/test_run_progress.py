"""Forecasts: whether a shop will finish before its deadline."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_queue.run_progress import forecast

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "speed", "deadline", "verdict"),
    [
        (0, 0.0, date(2026, 11, 25), "done"),
        (100, 0.0, date(2026, 11, 25), "unknown"),
        (43_200, 1.0, date(2026, 11, 25), "on time"),
        (43_201, 1.0, date(2026, 11, 25), "late"),
        (1, 1.0, date(2026, 11, 24), "late"),
        (10**9, 1e-9, date(2027, 1, 1), "late"),
        (100, 1.0, None, "no date"),
    ],
)
def test_forecast_verdict(left: int, speed: float, deadline: date | None, verdict: str) -> None:
    assert forecast(left, speed, deadline, NOW).verdict == verdict


def test_forecast_reports_how_late() -> None:
    late = forecast(43_200 + 7200, 1.0, date(2026, 11, 25), NOW)
    assert late.late_by == timedelta(hours=2)


@given(st.integers(1, 10**9), st.floats(0.001, 1e4), st.floats(1.0, 100.0))
def test_higher_speed_never_finishes_later(left: int, speed: float, factor: float) -> None:
    slow, fast = (forecast(left, each, None, NOW).finish for each in (speed, speed * factor))
    assert slow is None or (fast is not None and fast <= slow)
