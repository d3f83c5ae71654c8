"""Pure conversions between the shapes of Get Product and Edit Product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.catalogue import CERTIFICATIONS, Catalogue
from simulator.media import file, image, video
from simulator.sellers import Seller

SAME_IN_BOTH = (
    "title", "description", "package_weight", "package_dimensions", "is_cod_allowed", "external_product_id",
    "manufacturer_ids", "responsible_person_ids", "shipping_insurance_requirement", "shipping_template_id",
    "is_pre_owned", "minimum_order_quantity", "purchase_order_quantity_limit", "scheduled_sale", "search_terms",
    "key_product_features", "inventory_mode", "selling_format", "is_live_quick", "is_blind_box",
)  # fmt: skip
READ_ONLY = (
    "id", "create_time", "product_types", "product_families", "product_tags", "is_replicated", "is_not_for_sale",
    "primary_combined_product_id", "prescription_requirement", "listing_quality_tier", "global_product_association",
)  # fmt: skip
SKU_SAME_IN_BOTH = (
    "seller_sku", "external_sku_id", "identifier_code", "combined_skus", "sku_unit_count", "external_urls",
    "extra_identifier_codes", "pre_sale", "list_price", "external_list_prices", "fees", "sku_dimensions", "sku_weight",
)  # fmt: skip
SKU_READ_ONLY = ("status_info", "global_listing_policy", "create_time", "update_time", "global_sku_id")
EMPTY: tuple[Any, ...] = (None, "", [], {})


def to_edit(product: Mapping[str, Any]) -> dict[str, Any]:
    """The Edit body that changes nothing: without price and inventory, in the same category."""
    body = {name: product[name] for name in SAME_IN_BOTH if name in product}
    body["category_id"] = product["category_chains"][-1]["id"]
    body["main_images"] = [_uri(each) for each in product["main_images"]]
    body["product_attributes"] = [
        {"id": each["id"], "values": each["values"]} for each in product["product_attributes"]
    ]
    body["skus"] = [_sku_to_edit(sku) for sku in product["skus"]]
    if "brand" in product:
        body["brand_id"] = product["brand"]["id"]
    if "certifications" in product:
        body["certifications"] = [_certification_to_edit(each) for each in product["certifications"]]
    if "size_chart" in product:
        chart = product["size_chart"]
        body["size_chart"] = {name: _uri(each) if name == "image" else each for name, each in chart.items()}
    if "video" in product:
        body["video"] = {"id": product["video"]["id"]}
    if "delivery_options" in product:
        body["delivery_option_ids"] = [each["id"] for each in product["delivery_options"]]
    if "integrated_platform_statuses" in product:
        others = [each["platform"] for each in product["integrated_platform_statuses"]]
        body["listing_platforms"] = ["TIKTOK_SHOP", *others]
    return body


def to_read(
    body: Mapping[str, Any],
    before: Mapping[str, Any],
    catalogue: Catalogue,
    seller: Seller,
    chain: list[dict[str, Any]],
    *,
    drops_values_without_id: bool = False,
    platforms_survive_omission: bool = True,
) -> dict[str, Any]:
    """The product as Get Product shows it after `body` replaced `before`, without omitted and blank fields.

    Fields that are not part of an Edit are ignored. SKUs have their ids already.
    """
    product = {name: before[name] for name in READ_ONLY if name in before}
    product |= {name: body[name] for name in SAME_IN_BOTH if body.get(name) not in EMPTY}
    product["category_chains"] = chain
    product["main_images"] = [image(each["uri"]) for each in body["main_images"]]
    names = {each["id"]: each["name"] for each in catalogue.attributes(chain[-1]["id"])}
    product["product_attributes"] = [
        {"id": each["id"], "name": names.get(each["id"], ""), "values": each["values"]}
        for each in body.get("product_attributes") or ()
    ]
    known = {sku["id"]: sku for sku in before.get("skus") or ()}
    product["skus"] = [
        _sku_to_read(sku, known.get(sku["id"], {}), seller, drops_values_without_id) for sku in body["skus"]
    ]
    if brand := catalogue.brand_of.get(str(body.get("brand_id") or "")):
        product["brand"] = {"id": brand["id"], "name": brand["name"]}
    if body.get("certifications"):
        product["certifications"] = [_certification_to_read(each) for each in body["certifications"]]
    chart = body.get("size_chart") or {}
    if chart and catalogue.rules(chain[-1]["id"])["size_chart"]["is_supported"]:
        product["size_chart"] = {
            name: image(each["uri"]) if name == "image" else each for name, each in chart.items() if each
        }
    if (body.get("video") or {}).get("id"):
        product["video"] = video(body["video"]["id"])
    if body.get("delivery_option_ids"):
        product["delivery_options"] = _delivery_options(body["delivery_option_ids"], before, seller)
    if platforms := _platforms(body.get("listing_platforms"), before, platforms_survive_omission):
        product["integrated_platform_statuses"] = platforms
    return product


def _delivery_options(ids: list[str], before: Mapping[str, Any], seller: Seller) -> list[dict[str, Any]]:
    known, names = {each["id"]: each for each in before.get("delivery_options") or ()}, dict(seller.delivery_options)
    return [known.get(each) or {"id": each, "name": names.get(each, ""), "is_available": True} for each in ids]


def _platforms(sent: list[str] | None, before: Mapping[str, Any], survive_omission: bool) -> list[dict[str, Any]]:
    known = {each["platform"]: each for each in before.get("integrated_platform_statuses") or ()}
    if sent is None:
        return list(known.values()) if survive_omission else []
    return [known.get(each) or {"platform": each, "status": "PENDING"} for each in sent if each != "TIKTOK_SHOP"]


def _uri(each: Mapping[str, Any]) -> dict[str, Any]:
    return {"uri": each["uri"]}


def _sku_to_edit(sku: Mapping[str, Any]) -> dict[str, Any]:
    body = {name: sku[name] for name in ("id", *SKU_SAME_IN_BOTH) if name in sku}
    body["sales_attributes"] = [_sales_attribute_to_edit(each) for each in sku.get("sales_attributes") or ()]
    return body


def _sales_attribute_to_edit(each: Mapping[str, Any]) -> dict[str, Any]:
    body = {name: each[name] for name in ("id", "name", "value_id", "value_name") if name in each}
    if "sku_img" in each:
        body["sku_img"] = _uri(each["sku_img"])
    if "supplementary_sku_images" in each:
        body["supplementary_sku_images"] = [_uri(picture) for picture in each["supplementary_sku_images"]]
    return body


def _sku_to_read(
    sku: Mapping[str, Any], before: Mapping[str, Any], seller: Seller, drops_values_without_id: bool
) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": sku["id"]}
    shown |= {name: before[name] for name in SKU_READ_ONLY if name in before}
    shown |= {name: sku[name] for name in SKU_SAME_IN_BOTH if sku.get(name) not in EMPTY}
    known = {each["id"]: each for each in before.get("sales_attributes") or ()}
    shown["sales_attributes"] = []
    for each in sku.get("sales_attributes") or ():
        old = known.get(each.get("id"), {})
        if drops_values_without_id and old.get("value_id") and not each.get("value_id"):
            continue
        shown["sales_attributes"].append(_sales_attribute_to_read(each, old))
    price = sku.get("price")
    if price:
        amount = str(price.get("amount") or price.get("sale_price"))
        shown["price"] = {"currency": price["currency"], "tax_exclusive_price": amount, "sale_price": amount}
    elif "price" in before:
        shown["price"] = before["price"]
    if sku.get("inventory"):
        shown["inventory"] = [dict(each) for each in sku["inventory"]]
    elif "inventory" in before:
        shown["inventory"] = before["inventory"]
    return shown


def _sales_attribute_to_read(each: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    same_value = each.get("value_id") in (None, old.get("value_id"))
    shown = {
        "id": each.get("id") or f"custom:{each.get('name')}",
        "name": each.get("name") or old.get("name") or "",
        "value_id": each.get("value_id") or old.get("value_id") or f"custom:{each.get('value_name')}",
        "value_name": each.get("value_name") or (old.get("value_name") if same_value else "") or "",
    }
    if each.get("sku_img"):
        shown["sku_img"] = image(each["sku_img"]["uri"])
    if each.get("supplementary_sku_images"):
        shown["supplementary_sku_images"] = [image(picture["uri"]) for picture in each["supplementary_sku_images"]]
    return shown


def _certification_to_edit(each: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"id": each["id"]}
    if "images" in each:
        body["images"] = [_uri(picture) for picture in each["images"]]
    if "files" in each:
        body["files"] = [{name: one[name] for name in ("id", "name", "format")} for one in each["files"]]
    if "expiration_date" in each:
        body["expiration_date"] = each["expiration_date"]
    return body


def _certification_to_read(each: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": each["id"], "title": CERTIFICATIONS[each["id"]]}
    if each.get("images"):
        shown["images"] = [image(picture["uri"]) for picture in each["images"]]
    if each.get("files"):
        shown["files"] = [file(one["id"], one["name"]) for one in each["files"]]
    if each.get("expiration_date"):
        shown["expiration_date"] = each["expiration_date"]
    return shown
