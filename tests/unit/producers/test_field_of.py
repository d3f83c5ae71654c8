"""Rejections are counted by the field that is wrong."""

from __future__ import annotations

import pytest

from producers.feed_entry import field_of


@pytest.mark.parametrize(
    ("problem", "field"),
    [
        ("shop_id: shop 7 is not known", "shop_id"),
        ("jobs[12].shop_id: shop 7 is not known", "shop_id"),
        ("jobs[0].product.skus[3].price: must be an object", "product"),
        ("attributes[2].values: more than 500", "attributes"),
        ("jobs: not a JSON array", "jobs"),
        ("entry: internal error", "entry"),
        ("a field a feeder made up: unknown", "other"),
        ("", "other"),
    ],
)
def test_field_is_bounded_by_the_contract(problem: str, field: str) -> None:
    assert field_of(problem) == field
