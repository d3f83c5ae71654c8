"""An absurd clock is reported."""

from __future__ import annotations

import pytest

from http_server.clock_check import clock_problem

NOW = 1_795_000_000.0


@pytest.mark.parametrize("error", [0.0, 300.0, -86_000.0])
def test_a_clock_that_is_less_than_a_day_off_is_fine(error: float) -> None:
    assert clock_problem(NOW + error, NOW, "Redis") is None


@pytest.mark.parametrize(("local", "year"), [(2_180_000_000.0, "2039"), (315_532_800.0, "1980")])
def test_an_absurd_clock_is_named_with_both_times(local: float, year: str) -> None:
    problem = clock_problem(local, NOW, "Redis")
    assert problem is not None
    assert f"this machine's clock says {year}" in problem
    assert "Redis says 2026-11-18" in problem
