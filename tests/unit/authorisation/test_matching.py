"""A shop is added only as the platform lists it."""

from __future__ import annotations

import pytest

from authorisation.matching import ShopMismatch, matching_shop
from tiktok_shop.catalogue import AuthorizedShop

LISTED = (AuthorizedShop("1", "Jars", "US", "ROW_1"), AuthorizedShop("2", "Boxes", "ID", "ROW_2"))


@pytest.mark.parametrize(("cipher", "region"), [("ROW_1", "us"), ("", ""), ("ROW_1", ""), ("", "US")])
def test_listed_shop_is_returned(cipher: str, region: str) -> None:
    assert matching_shop(LISTED, "1", cipher, region) == LISTED[0]


@pytest.mark.parametrize(
    ("shop_id", "cipher", "region", "problem"),
    [
        ("3", "ROW_1", "US", r"do not cover shop 3; they cover 1 \(Jars, US\), 2 \(Boxes, ID\)"),
        ("1", "ROW_2", "US", "--cipher belongs to shop 2"),
        ("1", "ROW_9", "US", "--cipher differs from the platform's"),
        ("1", "ROW_1", "ID", "shop 1 is in region US, not ID"),
    ],
)
def test_mismatch_is_refused(shop_id: str, cipher: str, region: str, problem: str) -> None:
    with pytest.raises(ShopMismatch, match=problem):
        matching_shop(LISTED, shop_id, cipher, region)
