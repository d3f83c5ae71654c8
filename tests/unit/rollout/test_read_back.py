"""The comparison of a product after an edit with its before-image and the declared changes."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollout.outcome import Changed, Clean, Damaged, NotYet
from rollout.read_back import Declared, carried_fields, read_back

BEFORE: dict[str, Any] = {
    "id": "1",
    "title": "A bag",
    "description": "<p>big</p>",
    "update_time": 10,
    "status": "ACTIVATE",
    "category_chains": [{"id": "6", "is_leaf": False}, {"id": "600001", "parent_id": "6", "is_leaf": True}],
    "brand": {"id": "9", "name": "Brand"},
    "main_images": [{"uri": "a", "urls": ["https://x/a?sign=1"], "width": 5}, {"uri": "b"}],
    "product_attributes": [{"id": "100", "name": "Colour", "values": [{"id": "5", "name": "Red"}]}],
    "package_weight": {"value": "1.5", "unit": "KILOGRAM"},
    "video": {"id": "v1", "url": "https://x/v"},
    "skus": [
        {"id": "s1", "seller_sku": "A", "price": {"sale_price": "1"}, "inventory": [{"quantity": 3}]},
        {"id": "s2", "seller_sku": "B", "identifier_code": {"code": "1", "type": "EAN"}},
    ],
}
DECLARED = Declared("700001", {"101": frozenset({"Cotton"})})


def edited(**changed: Any) -> dict[str, Any]:
    now = copy.deepcopy(BEFORE)
    now["update_time"] = 20
    now["category_chains"] = [{"id": "700001", "is_leaf": True}]
    now["product_attributes"].append({"id": "101", "values": [{"id": "77", "name": "Cotton"}]})
    for name, value in changed.items():
        if value is None:
            del now[name]
        else:
            now[name] = value
    return now


def test_the_declared_changes_and_nothing_else_are_clean() -> None:
    assert read_back(BEFORE, edited(), DECLARED) == Clean()


def test_the_old_version_is_not_yet() -> None:
    assert read_back(BEFORE, copy.deepcopy(BEFORE), DECLARED) == NotYet()
    sold = copy.deepcopy(BEFORE)
    sold["skus"][0]["inventory"] = [{"quantity": 2}]
    assert read_back(BEFORE, sold, DECLARED) == NotYet()


def test_an_edit_without_visible_change_shows_by_its_time() -> None:
    declared = Declared("600001")
    assert read_back(BEFORE, copy.deepcopy(BEFORE), declared) == NotYet()
    assert read_back(BEFORE, {**BEFORE, "update_time": 11}, declared) == Clean()
    assert read_back(BEFORE, {**BEFORE, "update_time": 11, "video": {}}, declared) == Damaged(("video",))


@pytest.mark.parametrize("name", ["title", "description", "main_images", "package_weight", "video", "brand"])
def test_a_cleared_field_is_damage(name: str) -> None:
    assert read_back(BEFORE, edited(**{name: None}), DECLARED) == Damaged((name,))


def test_signed_addresses_sales_and_status_are_not_damage() -> None:
    now = edited(status="PENDING", main_images=[{"uri": "a", "urls": ["https://x/a?sign=2"]}, {"uri": "b", "width": 7}])
    now["skus"][0]["inventory"] = []
    now["skus"][0]["price"] = {"sale_price": "2"}
    assert read_back(BEFORE, now, DECLARED) == Clean()


def test_blanks_are_all_the_same() -> None:
    assert read_back({**BEFORE, "search_terms": []}, edited(size_chart={"image": {}}), DECLARED) == Clean()


def test_a_different_value_may_be_the_sellers_change() -> None:
    now = edited(title="A better bag", main_images=[{"uri": "b"}, {"uri": "a"}])
    assert read_back(BEFORE, now, DECLARED) == Changed(("main_images", "title"))


def test_a_lost_value_is_damage_even_next_to_a_change() -> None:
    assert read_back(BEFORE, edited(title="A better bag", video=None), DECLARED) == Damaged(("video",))


def test_a_save_of_the_sellers_older_version_is_a_change() -> None:
    now = {**copy.deepcopy(BEFORE), "title": "A better bag", "update_time": 20}
    assert read_back(BEFORE, now, DECLARED) == Changed(("category_chains", "product_attributes", "title"))
    own_leaf = Declared("600001", {"101": frozenset({"Cotton"})}, "10")
    assert read_back({**BEFORE, "brand": None}, {**now, "brand": None}, own_leaf) == Changed(
        ("brand", "product_attributes", "title")
    )


def test_variants_that_go_are_damage_and_others_are_changes() -> None:
    now = edited()
    del now["skus"][1]
    assert read_back(BEFORE, now, DECLARED) == Damaged(("skus.deleted",))
    now = edited()
    now["skus"].append({"id": "s3"})
    now["skus"][0]["seller_sku"] = "Z"
    assert read_back(BEFORE, now, DECLARED) == Changed(("skus.added", "skus.seller_sku"))
    del now["skus"][1]["identifier_code"]
    assert read_back(BEFORE, now, DECLARED) == Damaged(("skus.identifier_code",))


def test_another_leaf_or_attribute_than_declared_is_damage() -> None:
    assert read_back(BEFORE, edited(category_chains=[{"id": "8", "is_leaf": True}]), DECLARED) == Damaged(
        ("category_chains",)
    )
    assert read_back(BEFORE, edited(product_attributes=[]), DECLARED) == Damaged(("product_attributes",))


def test_a_lost_attribute_that_was_not_declared_is_damage() -> None:
    now = edited()
    now["product_attributes"][0]["values"] = []
    assert read_back(BEFORE, now, DECLARED) == Damaged(("product_attributes",))
    assert read_back(BEFORE, now, Declared("700001", {**DECLARED.attributes, "100": frozenset()})) == Clean()


def test_another_value_of_an_attribute_is_a_change() -> None:
    now = edited()
    now["product_attributes"][0]["values"] = [{"id": "6", "name": "Blue"}]
    assert read_back(BEFORE, now, DECLARED) == Changed(("product_attributes",))


def test_an_own_value_may_get_another_id() -> None:
    now = edited()
    now["product_attributes"][0]["values"] = [{"id": "new", "name": "Red"}]
    assert read_back(BEFORE, now, DECLARED) == Clean()


def test_a_declared_brand_and_field_may_change() -> None:
    declared = Declared("700001", DECLARED.attributes, "10", frozenset({"title"}))
    assert read_back(BEFORE, edited(title="New", brand={"id": "10"}), declared) == Clean()
    assert read_back(BEFORE, edited(title="New"), declared) == Changed(("brand",))


def test_carried_fields_are_those_an_edit_puts_back() -> None:
    assert carried_fields(BEFORE, DECLARED) == {
        "title", "description", "category_chains", "brand", "main_images", "product_attributes", "package_weight",
        "video", "skus.seller_sku", "skus.identifier_code", "skus.deleted", "skus.added",
    }  # fmt: skip


VALUES = sorted(carried_fields(BEFORE, DECLARED) - {"skus.deleted", "skus.added"})


@given(st.sampled_from(VALUES), st.sampled_from([None, "", [], {}]))
def test_any_carried_field_that_is_wiped_is_named(path: str, blank: Any) -> None:
    now = edited()
    where, _, name = path.rpartition(".")
    for target in now["skus"] if where else [now]:
        target[name] = blank
    result = read_back(BEFORE, now, DECLARED)
    assert isinstance(result, Damaged)
    assert path in result.fields
