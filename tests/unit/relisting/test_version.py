"""`already_v2` only on proof: most leaves keep their id in both trees, so the leaf alone proves nothing."""

from __future__ import annotations

from typing import Any

from relisting.version import VersionConfirmed, VersionUnknown, already_on_v2, changes_nothing
from tests.support.catalogue_builders import TREE, under

JARS = under(("1", "Home"), ("5", "Jars"))


def test_a_v2_leaf_alone_is_a_warning_and_no_proof() -> None:
    found = already_on_v2(JARS, TREE, None)
    assert isinstance(found, VersionUnknown)
    assert "Jars is a v2 leaf" in found.warning


def test_what_a_search_found_it_with_is_proof_either_way() -> None:
    assert already_on_v2(JARS, TREE, "v2") == VersionConfirmed("5", "search", {"category_version": "v2"})
    assert already_on_v2(JARS, TREE, "v1", changed="5", v1_categories=()) == VersionUnknown()


def test_a_webhook_that_names_this_leaf_is_proof_and_one_of_another_is_none() -> None:
    assert already_on_v2(JARS, TREE, None, changed="5") == VersionConfirmed(
        "5", "webhook", {"current_category_id": "5"}
    )
    assert isinstance(already_on_v2(JARS, TREE, None, changed="61"), VersionUnknown)


def test_a_leaf_the_v1_tree_never_had_is_proof() -> None:
    assert already_on_v2(JARS, TREE, None, v1_categories={"6"}) == VersionConfirmed(
        "5", "only_in_v2", {"category_id": "5"}
    )
    assert isinstance(already_on_v2(JARS, TREE, None, v1_categories={"5"}), VersionUnknown)


def test_a_category_that_is_no_v2_leaf_is_not_on_v2_whatever_is_said() -> None:
    for category in (("6", "Bowls"), ("404", "Vanished")):
        assert already_on_v2(under(("1", "Home"), category), TREE, "v2", changed=category[0]) == VersionUnknown()


def test_an_edit_that_brings_a_leaf_a_brand_or_a_value_changes_something() -> None:
    product: dict[str, Any] = {
        **JARS,
        "brand": {"id": "7"},
        # A value of one's own has an id when it is read, and none when it is written.
        "product_attributes": [{"id": "1", "name": "Maker", "values": [{"id": "7621141332983121684", "name": "Ann"}]}],
    }
    body = {
        "category_id": "5",
        "brand_id": "7",
        "product_attributes": [{"id": "1", "values": [{"name": "Ann"}]}],
    }
    assert changes_nothing(product, body)
    assert not changes_nothing(product, {**body, "category_id": "61"})
    assert not changes_nothing(product, {**body, "brand_id": "8"})
    answered = [*body["product_attributes"], {"id": "2", "values": [{"id": "21", "name": "Cotton"}]}]
    assert not changes_nothing(product, {**body, "product_attributes": answered})
