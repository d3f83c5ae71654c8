"""A few hundred simulated products pass every step, as judged by the simulator's rules and ledger."""

from __future__ import annotations

import pytest

from benchmarks import integrity


@pytest.mark.parametrize("seed", [11, 12])
def test_simulated_products_pass_every_step(seed: int) -> None:
    count = integrity.count_world(seed, 300)
    assert count.examples == []
    assert integrity.passes(count.total)
    assert count.total["products"] == 300
    assert count.total["edited"] > 200


@pytest.mark.parametrize("profile", ["general", "indonesia", "mexico"])
def test_products_as_in_real_shops_ask_no_needless_question(profile: str) -> None:
    count = integrity.count_world(11, 300, profile)
    assert count.examples == []
    assert integrity.passes(count.total)
    assert count.total["stopped, though taken"] <= 2
    assert count.total["refused, learned from"] <= 20


def test_report_names_violations() -> None:
    count = integrity.Count()
    count.total.update({"products": 10, "one right leaf": 10, "right": 9})
    count.violation("damaged", "17 title")
    count.violation("wrong", "18 to 5, belongs under 6")
    assert not integrity.passes(count.total)
    table = integrity.report({1: count}, 1.0)
    assert "damaged: 17 title" in table
    assert "wrong: 18 to 5, belongs under 6" in table
