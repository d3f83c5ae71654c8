"""A shop whose tokens or cipher belong to another shop is recognised."""

from __future__ import annotations

import pytest

from model.shop import Shop
from tiktok_shop.catalogue import AuthorizedShop
from worker.shop_authorisation import contradiction

SHOP = Shop("1", "ROW_1", "US", "acc")


@pytest.mark.parametrize(
    ("authorised", "problem"),
    [
        ((("1", "ROW_1"),), ""),
        ((("2", "ROW_2"), ("1", "ROW_1")), ""),
        ((), ""),
        ((("1", "ROW_new"),), ""),
        ((("1", ""),), ""),
        ((("2", "ROW_2"),), "cover other shops (2), not shop 1"),
        ((("2", "ROW_1"), ("1", "ROW_2")), "the cipher of shop 1 belongs to shop 2"),
    ],
)
def test_contradiction_with_the_platforms_list(authorised: tuple[tuple[str, str], ...], problem: str) -> None:
    shops = tuple(AuthorizedShop(shop_id, "", "US", cipher) for shop_id, cipher in authorised)
    found = contradiction(SHOP, shops)
    assert problem in found
    assert bool(found) == bool(problem)
