"""New tokens never replace tokens that a shop outside the consent still needs."""

from __future__ import annotations

import pytest

from authorisation.accounts import account_for
from model.shop import Shop


def shop(shop_id: str, account: str, app: str = "") -> Shop:
    return Shop(shop_id, "c", "US", account, app=app)


@pytest.mark.parametrize(
    ("known", "account"),
    [
        ([], "1"),
        ([shop("1", "1")], "1"),
        ([shop("2", "old")], "old"),
        ([shop("1", "a"), shop("2", "b")], "a"),
        ([shop("1", "a"), shop("3", "a")], "1"),
        ([shop("1", "1"), shop("3", "1")], "1-2"),
        ([shop("1", "1"), shop("3", "1"), shop("4", "1-2")], "1-3"),
        ([shop("1", "1", app="other")], "1-2"),
    ],
)
def test_account_is_used_again_only_if_all_its_shops_are_covered(known: list[Shop], account: str) -> None:
    assert account_for({"1", "2"}, "", known) == account
