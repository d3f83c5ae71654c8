"""Which edits name the other platforms of a product."""

from __future__ import annotations

from typing import Any

import pytest

from relisting.listed_platforms import with_platforms
from relisting.platform_habits import PlatformHabits

BOTH = ["TIKTOK_SHOP", "TOKOPEDIA"]


@pytest.mark.parametrize(
    ("survives", "status", "named"),
    [
        (None, "ACTIVATE", True),
        (None, "PLATFORM_DEACTIVATED", True),
        (None, "SELLER_DEACTIVATED", False),
        (True, "ACTIVATE", False),
        (False, "ACTIVATE", True),
        (False, "SELLER_DEACTIVATED", True),
    ],
)
def test_platforms_are_named_where_that_is_safer(survives: bool | None, status: str, named: bool) -> None:
    product = {"integrated_platform_statuses": [{"platform": "TOKOPEDIA", "status": status}]}
    body = with_platforms({"title": "A jar"}, product, PlatformHabits(platforms_survive_omission=survives))
    assert body == {"title": "A jar"} | ({"listing_platforms": BOTH} if named else {})


@pytest.mark.parametrize("product", [{}, {"integrated_platform_statuses": []}])
def test_a_product_of_one_platform_names_none(product: dict[str, Any]) -> None:
    assert with_platforms({}, product, PlatformHabits(platforms_survive_omission=False)) == {}
