"""The Edit body of a product: everything it has goes back in, on the new leaf. Pure.

Get and Edit differ in shape; what could not be put back stops the edit instead of being wiped (product_fields.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worker.relist import product_fields as fields


@dataclass(frozen=True, slots=True)
class UnknownFields:
    """Fields that an edit built by this version would wipe."""

    names: tuple[str, ...]


def merge(
    product: Mapping[str, Any],
    category_id: str,
    product_attributes: Sequence[Mapping[str, Any]],
    brand_id: str = "",
    allowed: frozenset[str] = frozenset(),
) -> dict[str, Any] | UnknownFields:
    """`allowed` names unknown fields an operator takes the loss of; `brand_id` replaces the product's own brand."""
    unknown = unknown_fields(product) - allowed
    if unknown:
        return UnknownFields(tuple(sorted(unknown)))
    body: dict[str, Any] = {name: product[name] for name in sorted(fields.CARRIED) if product.get(name) is not None}
    body["category_id"] = category_id
    body["category_version"] = "v2"
    body["save_mode"] = "LISTING"
    body["product_attributes"] = [dict(attribute) for attribute in product_attributes]
    body["main_images"] = [_image(image) for image in product.get("main_images") or ()]
    body["skus"] = [_sku(sku) for sku in product.get("skus") or ()]
    brand = brand_id or str((product.get("brand") or {}).get("id") or "")
    if brand:
        body["brand_id"] = brand
    if product.get("certifications"):
        body["certifications"] = [_certification(each) for each in product["certifications"]]
    if size_chart := _size_chart(product.get("size_chart") or {}):
        body["size_chart"] = size_chart
    if video := (product.get("video") or {}).get("id"):
        body["video"] = {"id": video}
    if product.get("delivery_options"):
        body["delivery_option_ids"] = [each["id"] for each in product["delivery_options"]]
    if product.get("integrated_platform_statuses"):
        platforms = [each["platform"] for each in product["integrated_platform_statuses"] if each.get("platform")]
        body["listing_platforms"] = ["TIKTOK_SHOP", *(each for each in platforms if each != "TIKTOK_SHOP")]
    return body


def unknown_fields(product: Mapping[str, Any]) -> set[str]:
    """Fields with a value that no table of product_fields.py names, SKUs' as `skus.<name>`."""
    known = fields.CARRIED | fields.MAPPED | fields.READ_ONLY
    unknown = {name for name, value in product.items() if name not in known and value not in (None, "", [], {})}
    known_of_sku = fields.SKU_CARRIED | fields.SKU_MAPPED | fields.SKU_LEFT_OUT | fields.SKU_READ_ONLY
    for sku in product.get("skus") or ():
        unknown |= {
            f"skus.{name}"
            for name, value in sku.items()
            if name not in known_of_sku and value not in (None, "", [], {})
        }
    return unknown


def _image(image: Mapping[str, Any]) -> dict[str, Any]:
    return {"uri": image["uri"]}


def _sku(sku: Mapping[str, Any]) -> dict[str, Any]:
    put_back = {name: sku[name] for name in sorted(fields.SKU_CARRIED) if sku.get(name) is not None}
    if sku.get("sales_attributes"):
        put_back["sales_attributes"] = [_sales_attribute(each) for each in sku["sales_attributes"]]
    return put_back


def _sales_attribute(attribute: Mapping[str, Any]) -> dict[str, Any]:
    # The value's id goes with its name: sent by name alone, variants have vanished from live listings.
    put_back = {
        name: attribute[name] for name in ("id", "name", "value_id", "value_name") if attribute.get(name) is not None
    }
    if image := attribute.get("sku_img"):
        put_back["sku_img"] = _image(image)
    if images := attribute.get("supplementary_sku_images"):
        put_back["supplementary_sku_images"] = [_image(image) for image in images]
    return put_back


def _certification(certification: Mapping[str, Any]) -> dict[str, Any]:
    put_back: dict[str, Any] = {"id": certification["id"]}
    if certification.get("images"):
        put_back["images"] = [_image(image) for image in certification["images"]]
    if certification.get("files"):
        put_back["files"] = [
            {name: file[name] for name in ("id", "name", "format") if file.get(name)} for file in certification["files"]
        ]
    if certification.get("expiration_date"):
        put_back["expiration_date"] = certification["expiration_date"]
    return put_back


def _size_chart(size_chart: Mapping[str, Any]) -> dict[str, Any]:
    put_back: dict[str, Any] = {}
    if (size_chart.get("image") or {}).get("uri"):
        put_back["image"] = _image(size_chart["image"])
    if (size_chart.get("template") or {}).get("id"):
        put_back["template"] = {"id": size_chart["template"]["id"]}
    return put_back
