"""The platform's own dry run of a planned edit (Check Product Listing): its request body and its result. Pure.

The check accepts the body of a creation, so prices and stock, which an edit omits, are added from the product as read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model.outcome import Reason


@dataclass(frozen=True, slots=True)
class ListingCheckResult:
    reasons: tuple[Reason, ...]
    advice: tuple[str, ...]
    """Suggestions that do not stop the edit."""


def check_body(product: Mapping[str, Any], edit: Mapping[str, Any]) -> dict[str, Any]:
    read = {str(sku.get("id")): sku for sku in product.get("skus") or ()}
    body = {name: value for name, value in edit.items() if name != "save_mode"}
    body["skus"] = [_as_new(sku, read.get(str(sku.get("id"))) or {}) for sku in edit.get("skus") or ()]
    return body


def parse_listing_check(data: Mapping[str, Any]) -> ListingCheckResult:
    """Parses the result leniently: missing or malformed parts of the response are ignored."""
    failed = data.get("check_result") == "FAILED"
    reasons = tuple(
        Reason(str(each.get("code")), str(each.get("message") or "the platform gives no reason"), "seller")
        for each in _objects(data.get("fail_reasons"))
    )
    if failed and not reasons:
        reasons = (Reason("listing_check", "The platform's check failed without a reason.", "operator"),)
    advice = [
        f"{each.get('field')}: {found.get('how_to_solve') or found.get('code')}"
        for each in _objects(data.get("diagnoses"))
        for found in _objects(each.get("diagnosis_results"))
    ]
    advice += [
        f"{each.get('pre_check_item')}: {detail.get('long_reason') or detail.get('short_reason')}"
        for each in _objects(data.get("pre_check_results"))
        for detail in _objects(each.get("pre_check_details"))
    ]
    return ListingCheckResult(reasons if failed else (), tuple(advice))


def _as_new(sku: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, Any]:
    new = {name: value for name, value in sku.items() if name != "id"}
    price = read.get("price") or {}
    amount = price.get("tax_exclusive_price") or price.get("sale_price") or price.get("amount")
    if amount:
        new["price"] = {"amount": amount, "currency": price.get("currency")}
    stock = [
        {name: each[name] for name in ("warehouse_id", "quantity") if name in each}
        for each in _objects(read.get("inventory"))
    ]
    if stock:
        new["inventory"] = stock
    return new


def _objects(value: Any) -> Sequence[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
