"""The three-way merge of an undo reverts the changes of an edit, and nothing else."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relisting.merge import UnknownFields, merge
from relisting.old_category import old_category
from relisting.restore import MadeEdit, restored_product
from tests.support.get_product import products
from tests.support.tiny_platform import product

OLD, NEW, OTHER = "600001", "853000", "853001"
GLASS = {"id": "100", "name": "Material", "values": [{"id": "1", "name": "Glass"}]}
SENT_GLASS = {"id": "200", "values": [{"id": "9", "name": "Glass"}]}
MOVED_GLASS = {"id": "200", "name": "Material", "values": [{"id": "9", "name": "Glass"}]}
FILLED = {"id": "300", "values": [{"name": "Box"}]}
SHOWN_FILLED = {"id": "300", "name": "Package", "values": [{"id": "77", "name": "Box"}]}


def chain(leaf: str) -> list[dict[str, Any]]:
    return [{"id": leaf, "parent_id": "0", "local_name": f"Leaf {leaf}", "is_leaf": True}]


def body_of(before: dict[str, Any], *attributes: dict[str, Any], leaf: str = NEW, brand: str = "") -> dict[str, Any]:
    body = merge(before, leaf, attributes, brand)
    assert not isinstance(body, UnknownFields)
    return body


def body_as_sent(shown: dict[str, Any]) -> dict[str, Any]:
    return body_of(shown, *(shown.get("product_attributes") or ()), leaf=old_category(shown)[0])


BEFORE = product("1", category_chains=chain(OLD), product_attributes=[GLASS])
SENT = body_of(BEFORE, SENT_GLASS, FILLED)
LIVE = {**BEFORE, "category_chains": chain(NEW), "product_attributes": [MOVED_GLASS, SHOWN_FILLED]}
EDIT = MadeEdit(BEFORE, SENT)


@given(products())
def test_an_untouched_edit_is_reverted(before: dict[str, Any]) -> None:
    before["category_chains"] = chain(OLD)
    before["product_attributes"] = [GLASS]
    live = {**copy.deepcopy(before), "category_chains": chain(NEW), "product_attributes": [MOVED_GLASS, SHOWN_FILLED]}
    back = restored_product([MadeEdit(before, body_of(before, SENT_GLASS, FILLED))], live)
    assert body_as_sent(back.product) == body_as_sent(before)
    assert back.kept == back.lost == ()


@given(products(), products())
def test_fields_not_changed_by_the_edit_stay(before: dict[str, Any], now: dict[str, Any]) -> None:
    now["skus"] = before["skus"] = []
    now["category_chains"] = chain(NEW)
    now["product_attributes"] = [MOVED_GLASS]
    now.pop("brand", None)
    before.pop("brand", None)
    edit = MadeEdit({**before, "category_chains": chain(OLD), "product_attributes": []}, body_of(before))
    back = restored_product([edit], now)
    assert {**back.product, "category_chains": None} == {**now, "category_chains": None}
    assert (back.restored, back.kept) == (("category",), ())


@given(st.sets(st.sampled_from(["title", "description", "package_weight", "category", "material", "sku"])))
def test_every_later_change_survives_an_undo(changed: set[str]) -> None:
    now = copy.deepcopy(LIVE)
    now.update({name: f"The seller's {name}" for name in changed & {"title", "description", "package_weight"}})
    if "category" in changed:
        now["category_chains"] = chain(OTHER)
    if "material" in changed:
        now["product_attributes"][0]["values"] = [{"id": "8", "name": "Oak"}]
    if "sku" in changed:
        now["skus"][0]["seller_sku"] = "renamed"
    back = restored_product([EDIT], now).product
    assert [back[name] for name in ("title", "description")] == [now[name] for name in ("title", "description")]
    assert back.get("package_weight") == now.get("package_weight")
    assert old_category(back)[0] == (OTHER if "category" in changed else OLD)
    assert back["skus"] == now["skus"]
    assert back["product_attributes"] == ([now["product_attributes"][0]] if "material" in changed else [GLASS])


@given(products())
def test_undo_of_an_undo_restores_the_edit(before: dict[str, Any]) -> None:
    before["category_chains"] = chain(OLD)
    before["product_attributes"] = [GLASS]
    live = {**before, "category_chains": chain(NEW), "product_attributes": [MOVED_GLASS]}
    undone = restored_product([MadeEdit(before, body_of(before, SENT_GLASS))], live).product
    back = restored_product([MadeEdit(live, body_as_sent(undone))], undone)
    assert body_as_sent(back.product) == body_as_sent(live)


def test_a_second_undo_changes_nothing() -> None:
    once = restored_product([EDIT], LIVE).product
    twice = restored_product([EDIT], once)
    assert (twice.product, twice.restored) == (once, ())


def test_a_seller_change_between_two_edits_survives_both() -> None:
    between = {**LIVE, "title": "The seller's title"}
    second = MadeEdit(between, body_of(between, MOVED_GLASS, leaf=OTHER))
    now = {**between, "category_chains": chain(OTHER), "product_attributes": [MOVED_GLASS]}
    back = restored_product([EDIT, second], now)
    assert (back.product["title"], old_category(back.product)[0]) == ("The seller's title", OLD)
    assert back.product["product_attributes"] == [GLASS]


@pytest.mark.parametrize(("made", "now", "after", "kept"), [
    ("7", "7", "", ()),
    ("7", "8", "8", ("brand",)),
    ("", "8", "8", ()),
], ids=["ours", "changed since", "left alone"])  # fmt: skip
def test_brand(made: str, now: str, after: str, kept: tuple[str, ...]) -> None:
    back = restored_product(
        [MadeEdit(BEFORE, body_of(BEFORE, GLASS, leaf=OLD, brand=made))], {**BEFORE, "brand": {"id": now}}
    )
    assert (back.product.get("brand") or {"id": ""})["id"] == after
    assert back.kept == kept


def test_an_attribute_the_seller_removed_stays_removed() -> None:
    back = restored_product([EDIT], {**LIVE, "product_attributes": []})
    assert back.product["product_attributes"] == []
    assert back.kept == ("attribute Material",)


def test_damage_found_after_the_edit_is_repaired() -> None:
    wiped = {**LIVE, "description": ""}
    assert restored_product([EDIT], wiped).product["description"] == "", "the seller may have cleared it"
    damaged = MadeEdit(BEFORE, SENT, frozenset({"description"}))
    assert restored_product([damaged], wiped).product["description"] == BEFORE["description"]
    rewritten = {**LIVE, "description": "The seller's repair"}
    assert restored_product([damaged], rewritten).product["description"] == "The seller's repair"


def test_lost_attributes_and_values_go_back_and_changed_ones_stay() -> None:
    both = {**GLASS, "values": [*GLASS["values"], {"id": "2", "name": "Cork"}]}
    colour = {"id": "101", "name": "Colour", "values": [{"id": "5", "name": "Red"}]}
    size = {"id": "102", "name": "Size", "values": [{"id": "6", "name": "L"}]}
    before = product("1", category_chains=chain(NEW), product_attributes=[both, colour, size])
    edit = MadeEdit(before, body_of(before, both, colour, size), frozenset({"product_attributes"}))
    sellers = {**size, "values": [{"id": "7", "name": "M"}]}
    back = restored_product([edit], {**before, "product_attributes": [GLASS, sellers]})
    assert back.product["product_attributes"] == [both, sellers, colour]
    assert back.restored == ("attribute Material", "attribute Colour")


def test_a_lost_brand_goes_back_unless_the_seller_has_set_another() -> None:
    before = {**BEFORE, "brand": {"id": "7"}}
    edit = MadeEdit(before, body_of(before, GLASS, leaf=OLD, brand="7"), frozenset({"brand"}))
    assert restored_product([edit], {**before, "brand": None}).product["brand"] == {"id": "7"}
    assert restored_product([edit], {**before, "brand": {"id": "8"}}).product["brand"] == {"id": "8"}


def test_a_product_in_a_leaf_that_nobody_chose_is_restored() -> None:
    edit = MadeEdit(BEFORE, SENT, frozenset({"category_chains"}))
    misfiled = {**LIVE, "category_chains": chain(OTHER)}
    assert old_category(restored_product([edit], misfiled).product)[0] == OLD
    undamaged = MadeEdit(BEFORE, SENT)
    assert old_category(restored_product([undamaged], misfiled).product)[0] == OTHER


def test_deleted_variants_are_named_and_new_ones_kept() -> None:
    back = restored_product([EDIT], {**LIVE, "skus": [{"id": "50", "seller_sku": "new"}]})
    assert back.product["skus"] == [{"id": "50", "seller_sku": "new"}]
    assert back.lost == ("variant jar-1 was deleted since and cannot be restored",)
