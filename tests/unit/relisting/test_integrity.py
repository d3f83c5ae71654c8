"""A few hundred simulated products through every step, judged by the simulator's rules and books."""

from __future__ import annotations

import pytest

from benchmarks import integrity


@pytest.mark.parametrize("seed", [11, 12])
def test_no_listing_is_damaged_wrong_or_refused_for_what_was_knowable(seed: int) -> None:
    count = integrity.count_world(seed, 300)
    assert count.examples == []
    assert integrity.passes(count.total)
    assert count.total["products"] == 300
    assert count.total["edited"] > 200


def test_the_table_shows_what_went_wrong() -> None:
    count = integrity.Count()
    count.total.update({"products": 10, "one right leaf": 10, "right": 9})
    count.violation("damaged", "17 title")
    count.violation("wrong", "18 to 5, belongs under 6")
    assert not integrity.passes(count.total)
    table = integrity.report({1: count}, 1.0)
    assert "damaged: 17 title" in table
    assert "wrong: 18 to 5, belongs under 6" in table
