"""Forecasts: whether a shop will finish before its deadline, and whom it waits for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.forecast import Forecast, Left, Pace, forecast

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TOMORROW, TODAY, FAR = date(2026, 11, 25), date(2026, 11, 24), date(2027, 11, 24)


def of(
    machines: int, people: int = 0, speed: float = 0.0, answers: float = 0.0, ends: date | None = TOMORROW
) -> Forecast:
    return forecast(Left(machines, people), Pace(speed, answers), ends, "US", NOW)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (of(0), "done"),
        (of(100), "no pace"),
        (of(43_200, speed=1.0), "on time"),
        (of(43_201, speed=1.0), "late"),
        (of(1, speed=1.0, ends=TODAY), "date past"),
        (of(100, speed=1.0, ends=None), "no date"),
        (of(0, 5), "waits for people"),
        (of(0, 5, answers=10.0), "on time"),
        (of(0, 6, answers=10.0), "late"),
        (of(10**9, speed=1e-9, ends=FAR), "no pace"),
    ],
)
def test_forecast_verdict(found: Forecast, verdict: str) -> None:
    assert found.verdict == verdict


def test_forecast_reports_how_late_and_because_of_whom() -> None:
    late = of(43_200 + 7200, speed=1.0)
    assert (late.late_by, late.note) == (timedelta(hours=2), "the service finishes after v1 ends")
    answers = of(10, 100, speed=1.0, answers=10.0)
    assert answers.machines_finish is not None
    assert answers.machines_finish < TOMORROW_MIDNIGHT < (answers.people_finish or NOW)
    assert answers.note.startswith("answering finishes")


TOMORROW_MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)


def test_missing_date_names_its_setting() -> None:
    assert "RELIST_MARKETS_FILE" in of(100, speed=1.0, ends=None).note


def test_past_date_is_explained() -> None:
    assert of(3, 4, ends=TODAY).note.startswith("v1 ended in US on 2026-11-24, and products are still on v1.")


def test_no_end_is_forecast_while_people_do_not_answer() -> None:
    waiting = of(10, 20, speed=1.0)
    assert (waiting.machines_finish is not None, waiting.people_finish, waiting.finish) == (True, None, None)
    answering = of(10, 20, speed=1.0, answers=1.0)
    assert answering.finish == answering.people_finish
    assert of(43_200 + 7200, 20, speed=1.0).verdict == "late", "the service alone is late already"


@given(st.integers(1, 10**9), st.floats(0.001, 1e4), st.floats(1.0, 100.0))
def test_higher_speed_never_finishes_later(left: int, speed: float, factor: float) -> None:
    slow, fast = (of(left, speed=each, ends=None).finish for each in (speed, speed * factor))
    assert slow is None or (fast is not None and fast <= slow)
