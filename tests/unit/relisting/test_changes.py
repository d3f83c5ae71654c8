"""What an edit changes, in words."""

from __future__ import annotations

from relisting.changes import changes

PRODUCT = {"category_chains": [{"id": "601426", "parent_id": "0", "local_name": "Jars", "is_leaf": True}]}


def test_the_new_category_is_told_by_its_id_where_its_name_is_not_known() -> None:
    assert changes(PRODUCT, {"category_id": "853000"}, "") == ("category: Jars (601426) → 853000",)
    assert changes(PRODUCT, {"category_id": "853000"}, "Home > Jars") == (
        "category: Jars (601426) → Home > Jars (853000)",
    )
