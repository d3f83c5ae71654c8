"""The description of an edit."""

from __future__ import annotations

from relisting.changes import changes

PRODUCT = {"category_chains": [{"id": "601426", "parent_id": "0", "local_name": "Jars", "is_leaf": True}]}


def test_new_category_is_shown_by_path_or_id() -> None:
    assert changes(PRODUCT, {"category_id": "853000"}, "") == ("category: Jars (601426) → 853000",)
    assert changes(PRODUCT, {"category_id": "853000"}, "Home > Jars") == (
        "category: Jars (601426) → Home > Jars (853000)",
    )
