"""An edit replaces the whole product and leaves everything but category and attributes as it was."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relisting.merge import UnknownFields, merge, merge_warnings
from relisting.product_fields import FIELD_POLICIES, ID_FIELDS, OPEN_TREATMENTS
from relisting.validate import edit_warnings, validate
from relisting.validate.codes import Code
from tests.support.edit_product import EDIT
from tests.support.edited_product import platform
from tests.support.get_product import SCHEMA, products
from tiktok_shop.catalogue import CategoryRules, Certification

PLATFORM_FIELDS = frozenset(
    """id status product_status audit audit_failed_reasons recommended_categories has_draft create_time update_time
    listing_quality_tier product_types product_families prescription_requirement is_replicated is_not_for_sale
    primary_combined_product_id global_product_association""".split()  # noqa: SIM905
)
"""Set by the platform; no edit changes them."""
MOVED = frozenset({"category_chains", "product_attributes"})
DERIVED = frozenset(
    """urls thumb_urls width height url cover_url format size support_subscribe subscribe_promotion_config price_sync
    is_available status_info""".split()  # noqa: SIM905
)


def visible(product: dict[str, Any]) -> dict[str, Any]:
    """Every field that a buyer or a seller would miss, with defaults for missing fields."""
    shown = {name: bare(value) for name, value in product.items() if name not in PLATFORM_FIELDS | MOVED}
    for name in ("brand", "delivery_options"):
        if name in shown:
            shown[name] = bare(shown[name], "name")
    subscription = shown.pop("subscribe_info", {})
    if subscription.get("subscribe_status") == "ENABLED":
        shown["subscription"] = subscription.get("discount_details", subscription.get("subscribe_discount_details", []))
    auction = "AUCTION" in str(shown.get("selling_format"))
    if "selling_format" in shown or not shown.get("product_tags"):
        shown["product_tags"] = ["AUCTION"] if auction else []
    for each in shown.get("certifications", []):
        each.pop("title", None)
    for sku in shown["skus"]:
        sku.setdefault("global_listing_policy", {"inventory_type": "EXCLUSIVE"})
        for part in sku.get("combined_skus", []):
            for name in set(part) - {"product_id", "sku_id", "sku_count"}:
                del part[name]
    return {name: value for name, value in shown.items() if value not in ([], {}, "")} | {"skus": shown["skus"]}


def bare(value: Any, *without: str) -> Any:
    if isinstance(value, dict):
        is_size = "unit" in value
        is_file = "name" in value and "format" in value
        return {
            name: bare(each, *without)
            for name, each in value.items()
            if name not in without and (name not in DERIVED or is_size or (is_file and name == "format"))
        }
    return [bare(each, *without) for each in value] if isinstance(value, list) else value


@given(products())
def test_everything_but_category_and_attributes_survives(before: dict[str, Any]) -> None:
    untouched = copy.deepcopy(before)
    body = merge(before, "853000", [{"id": "1", "values": [{"id": "2"}]}])
    assert not isinstance(body, UnknownFields)
    assert before == untouched, "the before-image is evidence and must not be changed"
    assert (body["category_id"], body["category_version"], body["save_mode"]) == ("853000", "v2", "LISTING")
    assert body["product_attributes"] == [{"id": "1", "values": [{"id": "2"}]}]
    assert visible(platform(before, body)) == visible(before)


@given(products())
def test_price_and_inventory_are_never_sent(before: dict[str, Any]) -> None:
    body = merge(before, "853000", [])
    assert not isinstance(body, UnknownFields)
    assert all(not {"price", "inventory"} & set(sku) for sku in body["skus"])
    assert [sku["id"] for sku in body["skus"]] == [sku["id"] for sku in before["skus"]], "an omitted SKU is deleted"


def paths(value: Any, path: str = "") -> set[str]:
    if isinstance(value, list):
        return {found for each in value for found in paths(each, path)}
    if isinstance(value, dict):
        return {found for name, each in value.items() for found in paths(each, f"{path}.{name}" if path else name)}
    return {path}


@given(products())
def test_body_has_only_fields_of_the_edit_schema(before: dict[str, Any]) -> None:
    body = merge(before, "853000", [{"id": "1", "values": [{"id": "2"}]}])
    assert not isinstance(body, UnknownFields)
    assert paths(body) <= set(EDIT)


@given(products())
def test_merge_is_deterministic(before: dict[str, Any]) -> None:
    assert merge(before, "853000", []) == merge(copy.deepcopy(before), "853000", [])


OPEN_OBJECTS = sorted(path for path, policy in FIELD_POLICIES.items() if policy.treatment in OPEN_TREATMENTS)


@given(products(), st.data())
def test_unknown_field_stops_the_edit_unless_allowed(before: dict[str, Any], data: Any) -> None:
    places = [("", before)]
    for path in OPEN_OBJECTS:
        places += [(path, each) for each in objects_at(before, path.split("."))]
    path, place = data.draw(st.sampled_from(places))
    place["brand_new"] = data.draw(st.sampled_from((1, "x", {"y": 1}, ["z"], False)))
    name = f"{path}.brand_new" if path else "brand_new"
    assert merge(before, "853000", []) == UnknownFields((name,))
    allowed = merge(before, "853000", [], allowed=frozenset({name}))
    assert not isinstance(allowed, UnknownFields)
    assert "brand_new" not in str(allowed)


def objects_at(value: Any, names: list[str]) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [found for each in value for found in objects_at(each, names)]
    if not names:
        return [value]
    return objects_at(value[names[0]], names[1:]) if names[0] in value else []


CONTAINERS = (
    "skus",
    "brand",
    "main_images",
    "size_chart",
    "video",
    "delivery_options",
    "certifications",
    "subscribe_info",
)


@given(products(), st.data())
def test_unexpected_shape_stops_the_edit_or_is_kept(before: Any, data: Any) -> None:
    path = data.draw(st.sampled_from((*CONTAINERS, "skus.sales_attributes", "skus.global_listing_policy", "skus.fees")))
    *places, name = path.split(".")
    junk = data.draw(st.sampled_from(("x", 5, True, ["y"], [5], [["z"]], {"z": 1})))
    for place in objects_at(before, places):
        place[name] = junk
    body = merge(before, "853000", [])
    assert isinstance(body, UnknownFields) or path == "skus.fees", "a KEEP field is sent back whole"


@given(products(), st.sampled_from(("US", "VN", "DE", "JP")))
def test_any_product_can_be_validated(before: dict[str, Any], region: str) -> None:
    body = merge(before, "853000", [])
    assert not isinstance(body, UnknownFields)
    rules = CategoryRules(certifications=(Certification("7", "CE", True),), required_fees=("PFAND",))
    reasons = validate(body, region, rules, (), None, product=before, brand_unknown=True)
    assert {reason.code for reason in reasons} <= set(Code)
    assert Code.CERTIFICATION_REQUIRED in {reason.code for reason in reasons} or "7" in str(before["certifications"])
    assert all(edit_warnings(body, region, rules))


@given(products(), st.data())
def test_object_without_id_stops_the_edit(before: dict[str, Any], data: Any) -> None:
    there = [(path, each) for path in ID_FIELDS for each in objects_at(before, path.split("."))]
    path, broken = data.draw(st.sampled_from(there))
    broken[ID_FIELDS[path]] = ""
    if any(value not in ("", None, [], {}) for value in broken.values()):
        stopped = merge(before, "853000", [])
        assert isinstance(stopped, UnknownFields)
        assert f"{path}.{ID_FIELDS[path]}" in stopped.names


@pytest.mark.parametrize("path", SCHEMA)
def test_every_field_of_the_schema_has_a_policy(path: str) -> None:
    names = path.split(".")
    policies = [FIELD_POLICIES.get(".".join(names[: depth + 1])) for depth in range(len(names))]
    for policy in policies:
        assert policy is not None, f"{path} has no policy"
        assert policy.reason
        if policy.treatment not in OPEN_TREATMENTS:
            return
    raise AssertionError(f"{path} is treated as an object")


def product(**fields: Any) -> dict[str, Any]:
    return {"title": "t", "skus": [{"id": "1"}], "main_images": [{"uri": "u"}], **fields}


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"pod_info": {"pod_templates": [{"pod_template_id": "1"}]}}, "pod_info"),
        ({"selling_format": "LIVE_AUCTION"}, "selling_format"),
        ({"skus": [{"id": "1", "global_listing_policy": {"inventory_type": "SHARED"}}, {"id": "2"}]},
         "skus.global_listing_policy.inventory_type"),
        ({"skus": [{"id": "1", "purchase_order_quantity_limit": {"maximum_order_quantity": 1}}, {"id": "2"}]},
         "skus.purchase_order_quantity_limit"),
        ({"size_chart": "a text where an object was"}, "size_chart"),
    ],
)  # fmt: skip
def test_field_without_counterpart_stops_the_edit(fields: dict[str, Any], name: str) -> None:
    assert merge(product(**fields), "5", []) == UnknownFields((name,))


def test_id_fields_cannot_be_dropped() -> None:
    nameless = product(skus=[{"id": "", "seller_sku": "a"}, {"id": "2"}])
    assert merge(nameless, "5", [], allowed=frozenset({"skus.id"})) == UnknownFields(("skus.id",))


def test_allowed_field_does_not_hide_another() -> None:
    strange = product(brand_new=1, selling_format="LIVE_AUCTION")
    assert merge(strange, "5", [], allowed=frozenset({"brand_new"})) == UnknownFields(("selling_format",))
    assert not isinstance(merge(strange, "5", [], allowed=frozenset({"brand_new", "selling_format"})), UnknownFields)


def test_only_the_allowed_field_is_dropped() -> None:
    limited = {"id": "1", "seller_sku": "a", "purchase_order_quantity_limit": {"maximum_order_quantity": 1}}
    allowed = frozenset({"skus.purchase_order_quantity_limit"})
    body = merge(product(skus=[limited, {"id": "2"}]), "5", [], allowed=allowed)
    assert not isinstance(body, UnknownFields)
    assert "purchase_order_quantity_limit" not in body
    assert body["skus"] == [{"id": "1", "seller_sku": "a"}, {"id": "2"}]


def test_empty_unknown_fields_are_ignored() -> None:
    body = merge(product(brand_new=None, other=[], pod_info={}, skus=[{"id": "1", "new": ""}]), "5", [])
    assert not isinstance(body, UnknownFields)
    assert body["skus"] == [{"id": "1"}]


def test_given_brand_replaces_the_products_own() -> None:
    body = merge(product(brand={"id": "7", "name": "Own"}), "5", [], brand_id="8")
    assert not isinstance(body, UnknownFields)
    assert body["brand_id"] == "8"


def test_a_draft_or_review_causes_a_warning() -> None:
    assert merge_warnings(product()) == ()
    warnings = merge_warnings(product(has_draft=True, audit={"status": "AUDITING"}))
    assert [warning.partition(":")[0] for warning in warnings] == ["has_draft", "audit"]


def test_draft_stays_a_draft() -> None:
    draft = {"id": "1", "title": "T", "status": "DRAFT", "skus": [{"id": "2"}]}
    body = merge(draft, "853000", [])
    assert not isinstance(body, UnknownFields)
    assert body["save_mode"] == "AS_DRAFT"
