"""`already_v2` needs proof: most leaves have the same id in both trees, so the leaf alone proves nothing."""

from __future__ import annotations

from typing import Any

from model.job_state import CategoryChange
from relisting.version import KnownVersion, VersionConfirmed, changes_nothing, confirmed_on_v2
from tests.support.catalogue_builders import TREE, under

JARS = under(("1", "Home"), ("5", "Jars"))
UNKNOWN = KnownVersion(None)


def test_v2_leaf_alone_is_not_a_proof() -> None:
    assert confirmed_on_v2(JARS, TREE, UNKNOWN) is None


def test_search_result_decides_either_way() -> None:
    assert confirmed_on_v2(JARS, TREE, KnownVersion("v2")) == VersionConfirmed(
        "5", "search", {"category_version": "v2"}
    )
    assert confirmed_on_v2(JARS, TREE, KnownVersion("v1"), CategoryChange("5")) is None


def test_webhook_naming_the_leaf_is_proof() -> None:
    assert confirmed_on_v2(JARS, TREE, UNKNOWN, CategoryChange("5")) == VersionConfirmed(
        "5", "webhook", {"current_category_id": "5"}
    )
    assert confirmed_on_v2(JARS, TREE, UNKNOWN, CategoryChange("61")) is None


def test_category_that_is_not_a_v2_leaf_is_not_on_v2() -> None:
    for category in (("6", "Bowls"), ("404", "Vanished")):
        product = under(("1", "Home"), category)
        assert confirmed_on_v2(product, TREE, KnownVersion("v2"), CategoryChange(category[0])) is None


def test_leaf_brand_or_value_is_a_change() -> None:
    product: dict[str, Any] = {
        **JARS,
        "brand": {"id": "7"},
        # A custom value has an id when read and none when written.
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


def test_repeated_entries_of_an_attribute_are_not_a_change() -> None:
    twice = [{"id": "1", "values": [{"name": "Ann"}]}, {"id": "1", "values": [{"name": "Bob"}]}]
    body = {"category_id": "5", "product_attributes": [{"id": "1", "values": [{"name": "Bob"}, {"name": "Ann"}]}]}
    assert changes_nothing({**JARS, "product_attributes": twice}, body)
