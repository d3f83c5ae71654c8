"""Builds the Edit body of a product, which sends all of its fields back under the new leaf. Pure.

Get and Edit differ in shape; product_fields.py defines the treatment of each field. A field that cannot be sent back
stops the edit, which would otherwise wipe it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from relisting.field_shapes import sent_fields
from relisting.product_fields import PRODUCT, FieldNode
from relisting.unsendable import EDITABLE_SELLING_FORMATS, is_empty, sku_values, split_unsendable


@dataclass(frozen=True, slots=True)
class UnknownFields:
    """Paths of fields that an edit built by this version would wipe."""

    names: tuple[str, ...]


def merge(
    product: Mapping[str, Any],
    category_id: str,
    product_attributes: Sequence[Mapping[str, Any]],
    brand_id: str = "",
    allowed: frozenset[str] = frozenset(),
) -> dict[str, Any] | UnknownFields:
    """Returns the body of an Edit that moves `product` to `category_id`.

    `brand_id` replaces the product's brand. `allowed` names unknown fields that the operator permits dropping; id
    fields can never be dropped.
    """
    product, blocking = split_unsendable(product, allowed)
    if blocking:
        return UnknownFields(blocking)
    body = body_fields(product)
    body["category_id"] = category_id
    body["category_version"] = "v2"
    # An edit of a draft must not put it on sale.
    body["save_mode"] = "AS_DRAFT" if is_draft(product) else "LISTING"
    body["product_attributes"] = [dict(attribute) for attribute in product_attributes]
    if brand := brand_id or str((product.get("brand") or {}).get("id") or ""):
        body["brand_id"] = brand
    if options := [each["id"] for each in product.get("delivery_options") or () if each.get("id")]:
        body["delivery_option_ids"] = options
    _add_subscription(body, product)
    return body


WAITS_FOR_REVIEW = "audit: a version is under review; the edit waits until the review has ended"
"""A warning of plans. An edit that is sent, or that already is the version under review, has not waited."""


def body_fields(product: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an Edit's body that repeat the product's, without those that depend on the leaf."""
    body: dict[str, Any] = _sent_back(product, PRODUCT)
    _add_selling_format(body, product)
    if "SHARED" in sku_values(product, "global_listing_policy", "inventory_type"):
        body["inventory_mode"] = "SHARED"
    for limit in sku_values(product, "purchase_order_quantity_limit"):
        body.setdefault("purchase_order_quantity_limit", limit)
    return body


def product_status(product: Mapping[str, Any]) -> str:
    """The status in capitals, as the platform documents it; an empty string if there is none."""
    return str(product.get("product_status") or product.get("status") or "").strip().upper()


def is_draft(product: Mapping[str, Any]) -> bool:
    return product_status(product) == "DRAFT"


def merge_warnings(product: Mapping[str, Any]) -> tuple[str, ...]:
    """Side effects of an edit that are undocumented or outside the seller's expectation."""
    warnings = []
    if is_draft(product) and product.get("delivery_options"):
        warnings.append("delivery_options: the platform does not keep them for drafts")
    if product.get("has_draft"):
        warnings.append("has_draft: the product has a draft in Seller Center; the edit is made from the live version")
    if (product.get("audit") or {}).get("status") == "AUDITING":
        warnings.append(WAITS_FOR_REVIEW)
    return tuple(warnings)


def _sent_back(value: Any, node: FieldNode) -> Any:
    """The KEEP fields of `value` and of its NESTED objects."""
    if type(value) is list:
        return [kept for each in value if (kept := _sent_back(each, node)) or not is_empty(kept)]
    if type(value) is not dict:
        return value
    body = {}
    for name, child in sent_fields(node, tuple(value)):
        each = value[name]
        if each is None:
            continue
        if child is None:
            body[name] = each
        elif (kept := _sent_back(each, child)) or not is_empty(kept):
            body[name] = kept
    return body


def _add_subscription(body: dict[str, Any], product: Mapping[str, Any]) -> None:
    subscription = product.get("subscribe_info") or {}
    if subscription.get("subscribe_status") == "ENABLED":
        details = subscription.get("subscribe_discount_details") or []
        body["subscribe_info_edit"] = {"subscribe_status": "ENABLED", "discount_details": details}


def _add_selling_format(body: dict[str, Any], product: Mapping[str, Any]) -> None:
    """Older products have no selling_format; an auction is then known only by its tag."""
    if body.get("selling_format") in EDITABLE_SELLING_FORMATS:
        return
    body.pop("selling_format", None)
    if "AUCTION" in (product.get("product_tags") or ()):
        body["product_tag_operations"] = [{"product_tag": "AUCTION", "enable": True}]
