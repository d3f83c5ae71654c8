"""Builds the Create body of a new listing from the feeder's body and the v2 leaf. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from model.outcome import Reason


def creation_body(
    product: Mapping[str, Any],
    external_id: str,
    category_id: str,
    product_attributes: Sequence[Mapping[str, Any]],
    brand_id: str = "",
) -> dict[str, Any]:
    """The body without its idempotency key. It includes the external ID, for finding the listing again."""
    body = {**product, "category_id": category_id, "category_version": "v2"}
    body["product_attributes"] = [dict(attribute) for attribute in product_attributes]
    body.setdefault("external_product_id", external_id)
    if brand_id:
        body["brand_id"] = brand_id
    body.pop("idempotency_key", None)
    return body


def idempotency_key(shop_id: str, external_id: str, body: Mapping[str, Any]) -> str:
    """The key of a listing: equal if the same body is fed twice, different after a correction."""
    content = orjson.dumps(body, option=orjson.OPT_SORT_KEYS).hex()
    return str(uuid5(NAMESPACE_URL, f"relist:{shop_id}:{external_id}:{content}"))


def missing_for_creation(body: Mapping[str, Any]) -> tuple[Reason, ...]:
    """Fields that an edit may omit and a creation may not."""
    reasons = []
    for index, sku in enumerate(body.get("skus") or ()):
        price = sku.get("price") or {}
        if not (price.get("amount") or price.get("sale_price")) or not price.get("currency"):
            field = f"skus[{index}].price"
            reasons.append(Reason("price_missing", "A new variant needs a price with its currency.", "seller", field))
        if not sku.get("inventory"):
            field = f"skus[{index}].inventory"
            message = "A new variant needs its stock in a warehouse."
            reasons.append(Reason("inventory_missing", message, "seller", field))
    return tuple(reasons)
