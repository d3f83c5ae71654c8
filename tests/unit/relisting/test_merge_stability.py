"""Merging an edited product gives the same edit again; field order is irrelevant, list order is kept."""

from __future__ import annotations

import copy
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from relisting.merge import UnknownFields, merge
from relisting.product_fields import FIELD_POLICIES
from tests.support.edited_product import platform
from tests.support.examples import at_most
from tests.support.get_product import products

few = at_most(40)
"""Products are large, and test_lossless.py covers many of them."""
ATTRIBUTES = [{"id": "2", "values": [{"id": "20"}]}, {"id": "1", "values": [{"name": "b"}, {"name": "a"}]}]
KEPT_OBJECTS = (
    "package_weight",
    "package_dimensions",
    "scheduled_sale",
    "purchase_order_quantity_limit",
    "skus.identifier_code",
    "skus.pre_sale",
    "skus.list_price",
    "skus.sku_dimensions",
    "skus.sku_weight",
)


def merged(product: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = merge(product, "853000", ATTRIBUTES, **more)
    assert not isinstance(body, UnknownFields)
    return body


@few
@given(products())
def test_merge_of_an_edited_product_is_the_same_edit(before: dict[str, Any]) -> None:
    body = merged(before)
    after = platform(before, copy.deepcopy(body))
    if subscription := after.get("subscribe_info"):
        # Sent under one name, read under another.
        subscription["subscribe_discount_details"] = subscription.pop("discount_details")
    after |= {name: before[name] for name in ("status", "product_status") if name in before}
    assert merged(after) == body


@few
@given(products(), st.data())
def test_field_order_does_not_change_the_body(before: dict[str, Any], data: Any) -> None:
    def reordered(of: dict[str, Any]) -> dict[str, Any]:
        return {name: of[name] for name in data.draw(st.permutations(list(of)))}

    other = reordered(before)
    other["skus"] = [reordered(sku) for sku in other["skus"]]
    assert orjson.dumps(merged(other)) == orjson.dumps(merged(before))


@few
@given(products())
def test_lists_keep_their_order(before: dict[str, Any]) -> None:
    body = merged(before)
    assert [sku["id"] for sku in body["skus"]] == [sku["id"] for sku in before["skus"]]
    assert [each["uri"] for each in body["main_images"]] == [each["uri"] for each in before["main_images"]]
    for sent, read in zip(body["skus"], before["skus"], strict=True):
        kinds = [each["id"] for each in read.get("sales_attributes", [])]
        assert [each["id"] for each in sent.get("sales_attributes", [])] == kinds
    assert body["product_attributes"] == ATTRIBUTES
    for name in ("search_terms", "key_product_features", "manufacturer_ids", "responsible_person_ids"):
        assert body.get(name, []) == before.get(name, [])


@few
@given(products(), st.data())
def test_kept_objects_keep_unknown_fields(before: dict[str, Any], data: Any) -> None:
    path = data.draw(st.sampled_from(KEPT_OBJECTS))
    *parents, name = path.split(".")
    unknown = {"brand_new": data.draw(st.sampled_from((0, "x", [1], {"y": None}, False)))}
    places = before["skus"] if parents else [before]
    if path == "purchase_order_quantity_limit":
        # Given on each SKU as well, it would be ambiguous.
        for sku in before["skus"]:
            sku.pop(name, None)
    for place in places:
        place[name] = copy.deepcopy(unknown)
    body = merged(before)
    assert [place[name] for place in (body["skus"] if parents else [body])] == [unknown] * len(places)


@few
@given(products(), st.lists(st.sampled_from(sorted(FIELD_POLICIES)), max_size=4))
def test_allowing_known_fields_drops_nothing(before: dict[str, Any], names: list[str]) -> None:
    assert merged(before, allowed=frozenset(names)) == merged(before)
