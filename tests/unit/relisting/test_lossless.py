"""Whatever a product has, an edit that replaces everything leaves it as it was, but for what a relist is for."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relisting.merge import UnknownFields, left_behind, merge
from relisting.product_fields import FATES, IDENTITIES
from relisting.validate import edit_warnings, validate
from relisting.validate.codes import Code
from tests.support.edit_product import EDIT
from tests.support.get_product import SCHEMA, products
from tiktok_shop.catalogue import CategoryRules, Certification

ONES_OWN = frozenset(
    """id status product_status audit audit_failed_reasons recommended_categories has_draft create_time update_time
    listing_quality_tier product_types product_families prescription_requirement is_replicated is_not_for_sale
    primary_combined_product_id global_product_association""".split()  # noqa: SIM905
)
"""The platform's, which no edit touches."""
MOVED = frozenset({"category_chains", "product_attributes"})
DERIVED = frozenset(
    """urls thumb_urls width height url cover_url format size support_subscribe subscribe_promotion_config price_sync
    is_available status_info""".split()  # noqa: SIM905
)


def platform(before: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """What Get Product tells after an edit, as the field texts of the Edit schema say; all that is left out is wiped,
    but for price, inventory and the platforms a product is listed on, which are documented to stay."""
    renamed = {"brand_id", "delivery_option_ids", "subscribe_info_edit", "product_tag_operations", "inventory_mode"}
    gone = renamed | {"category_id", "category_version", "save_mode", "skus", "purchase_order_quantity_limit"}
    after = {name: value for name, value in body.items() if name not in gone}
    if "integrated_platform_statuses" in before:
        assert "listing_platforms" not in body
        after["integrated_platform_statuses"] = before["integrated_platform_statuses"]
    if body.get("brand_id"):
        after["brand"] = {"id": body["brand_id"]}
    if body.get("delivery_option_ids"):
        after["delivery_options"] = [{"id": each} for each in body["delivery_option_ids"]]
    if "subscribe_info_edit" in body:
        assert set(body["subscribe_info_edit"]) == {"subscribe_status", "discount_details"}
        after["subscribe_info"] = body["subscribe_info_edit"]
    auction = "AUCTION" in str(body.get("selling_format")) or body.get("product_tag_operations") == [
        {"product_tag": "AUCTION", "enable": True}
    ]
    after["product_tags"] = ["AUCTION"] if auction else []
    kept = {sku["id"]: sku for sku in before["skus"]}
    after["skus"] = []
    for sku in body["skus"]:
        assert not {"price", "inventory"} & sku.keys()
        shown = {**sku, "price": kept[sku["id"]]["price"], "inventory": kept[sku["id"]]["inventory"]}
        shown["global_listing_policy"] = {"inventory_type": body.get("inventory_mode") or "EXCLUSIVE"}
        if "purchase_order_quantity_limit" in body:
            shown["purchase_order_quantity_limit"] = body["purchase_order_quantity_limit"]
        after["skus"].append(shown)
    return after


def visible(product: dict[str, Any]) -> dict[str, Any]:
    """What a buyer or a seller could miss, with the defaults of what is not there."""
    shown = {name: bare(value) for name, value in product.items() if name not in ONES_OWN | MOVED}
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
def test_an_edit_has_only_fields_an_edit_takes(before: dict[str, Any]) -> None:
    body = merge(before, "853000", [{"id": "1", "values": [{"id": "2"}]}])
    assert not isinstance(body, UnknownFields)
    assert paths(body) <= set(EDIT)


@given(products())
def test_a_second_edit_of_the_same_product_is_the_same_edit(before: dict[str, Any]) -> None:
    assert merge(before, "853000", []) == merge(copy.deepcopy(before), "853000", [])


OPEN_OBJECTS = sorted(path for path, fate in FATES.items() if fate.verdict in ("inside", "apart"))


@given(products(), st.data())
def test_a_field_nobody_knows_stops_the_edit_wherever_it_is_unless_allowed(before: dict[str, Any], data: Any) -> None:
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
def test_a_shape_nobody_expects_stops_the_edit_or_is_put_back_and_never_breaks_it(before: Any, data: Any) -> None:
    path = data.draw(st.sampled_from((*CONTAINERS, "skus.sales_attributes", "skus.global_listing_policy", "skus.fees")))
    *places, name = path.split(".")
    junk = data.draw(st.sampled_from(("x", 5, True, ["y"], [5], [["z"]], {"z": 1})))
    for place in objects_at(before, places):
        place[name] = junk
    body = merge(before, "853000", [])
    assert isinstance(body, UnknownFields) or path == "skus.fees", "what is kept whole goes back whole"


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
def test_what_can_not_be_named_in_an_edit_stops_it(before: dict[str, Any], data: Any) -> None:
    there = [(path, each) for path in IDENTITIES for each in objects_at(before, path.split("."))]
    path, broken = data.draw(st.sampled_from(there))
    broken[IDENTITIES[path]] = ""
    if any(value not in ("", None, [], {}) for value in broken.values()):
        stopped = merge(before, "853000", [])
        assert isinstance(stopped, UnknownFields)
        assert f"{path}.{IDENTITIES[path]}" in stopped.names


@pytest.mark.parametrize("path", SCHEMA)
def test_every_field_of_the_published_schema_has_a_fate(path: str) -> None:
    names = path.split(".")
    fates = [FATES.get(".".join(names[: depth + 1])) for depth in range(len(names))]
    for fate in fates:
        assert fate is not None, f"{path} is not decided"
        assert fate.why
        if fate.verdict not in ("inside", "apart"):
            return
    raise AssertionError(f"{path} is taken for an object")


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
def test_what_an_edit_has_no_field_for_stops_it(fields: dict[str, Any], name: str) -> None:
    assert merge(product(**fields), "5", []) == UnknownFields((name,))


def test_what_names_an_object_can_not_be_allowed_away() -> None:
    nameless = product(skus=[{"id": "", "seller_sku": "a"}, {"id": "2"}])
    assert merge(nameless, "5", [], allowed=frozenset({"skus.id"})) == UnknownFields(("skus.id",))


def test_one_field_that_was_allowed_does_not_hide_another() -> None:
    strange = product(brand_new=1, selling_format="LIVE_AUCTION")
    assert merge(strange, "5", [], allowed=frozenset({"brand_new"})) == UnknownFields(("selling_format",))
    assert not isinstance(merge(strange, "5", [], allowed=frozenset({"brand_new", "selling_format"})), UnknownFields)


def test_what_was_allowed_is_left_out_and_nothing_else() -> None:
    limited = {"id": "1", "seller_sku": "a", "purchase_order_quantity_limit": {"maximum_order_quantity": 1}}
    allowed = frozenset({"skus.purchase_order_quantity_limit"})
    body = merge(product(skus=[limited, {"id": "2"}]), "5", [], allowed=allowed)
    assert not isinstance(body, UnknownFields)
    assert "purchase_order_quantity_limit" not in body
    assert body["skus"] == [{"id": "1", "seller_sku": "a"}, {"id": "2"}]


def test_a_blank_is_no_unknown_field() -> None:
    body = merge(product(brand_new=None, other=[], pod_info={}, skus=[{"id": "1", "new": ""}]), "5", [])
    assert not isinstance(body, UnknownFields)
    assert body["skus"] == [{"id": "1"}]


def test_a_brand_that_was_decided_replaces_the_products_own() -> None:
    body = merge(product(brand={"id": "7", "name": "Own"}), "5", [], brand_id="8")
    assert not isinstance(body, UnknownFields)
    assert body["brand_id"] == "8"


def test_an_edit_beside_a_draft_or_a_review_says_so() -> None:
    assert left_behind(product()) == ()
    told = left_behind(product(has_draft=True, audit={"status": "AUDITING"}))
    assert [warning.partition(":")[0] for warning in told] == ["has_draft", "audit"]


def test_a_draft_is_saved_as_a_draft_and_not_put_on_sale() -> None:
    draft = {"id": "1", "title": "T", "status": "DRAFT", "skus": [{"id": "2"}]}
    body = merge(draft, "853000", [])
    assert not isinstance(body, UnknownFields)
    assert body["save_mode"] == "AS_DRAFT"
