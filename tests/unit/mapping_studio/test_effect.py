"""The preview counts what a mapping does to the products of a plan."""

from __future__ import annotations

from typing import Any

from mapping_studio.effect import effect_of
from relisting.mapping import parse_mapping


def entry(shop: str, old: str, leaf: str = "", **fields: Any) -> dict[str, Any]:
    return {
        "shop_id": shop,
        "product_id": "1",
        "title": f"of {old}",
        "old_category": old,
        "category_id": leaf,
        **fields,
    }


def test_products_are_counted_by_the_effect_on_them() -> None:
    mapping = parse_mapping("shop,from,to\n*,10,5\n*,11,6\n*,Own > Jars,Home > Jars\n")
    effect = effect_of(
        mapping,
        [
            entry("1", "10"),
            entry("1", "10", "5", rule="own_leaf"),
            entry("2", "10", "8", rule="recommended"),
            entry("2", "10", "8", rule="feeder"),
            entry("2", "12", "9", origin_category="own > jars"),
            entry("2", "13"),
            entry("2", "13", "8"),
            entry("3", "14", "7"),
        ],
    )
    assert (effect.decided_now, effect.unchanged, effect.moved_elsewhere) == (1, 1, 1)
    assert (effect.overruled, effect.not_compared) == (1, 1)
    assert [(hit.products, hit.shops) for hit in effect.hits] == [(4, 2), (0, 0), (1, 1)]
    assert [(each.category, each.products, each.undecided) for each in effect.uncovered] == [("13", 2, 1), ("14", 1, 0)]
    assert effect.uncovered[0].example == "of 13"
