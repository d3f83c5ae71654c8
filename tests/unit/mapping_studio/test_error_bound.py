"""The bound on the error rate is the exact binomial one."""

from __future__ import annotations

import pytest

from mapping_studio.error_bound import answers_needed, error_bound


@pytest.mark.parametrize(
    ("wrong", "checked", "bound"),
    [(0, 0, 1.0), (0, 1, 0.95), (0, 299, 0.00997), (1, 100, 0.0466), (5, 5, 1.0), (10, 200, 0.0834)],
)
def test_known_values_of_the_bound(wrong: int, checked: int, bound: float) -> None:
    assert error_bound(wrong, checked) == pytest.approx(bound, abs=5e-4)


def test_one_percent_needs_299_decisions_without_an_error() -> None:
    assert answers_needed(0, 0, 0.01) == 299
    assert answers_needed(0, 200, 0.01) == 99
    assert answers_needed(0, 299, 0.01) == 0


def test_an_error_needs_more_answers() -> None:
    needed = answers_needed(1, 299, 0.01)
    assert error_bound(1, 299 + needed) <= 0.01 < error_bound(1, 299 + needed - 1)
