"""Parses responses about products: a page of a search, a product as read, and the result of an edit. Pure.

A read of a doubtful shape is refused, because an edit is built on it. The response to an edit is parsed leniently: the
edit has already been made, so a field that cannot be read is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from tiktok_shop.fields import MalformedData, lenient_int, lenient_objects, lenient_str, optional_str
from tiktok_shop.product_shape import is_id, malformed_field
from tiktok_shop.response import Response


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of Search Products."""

    products: tuple[dict[str, Any], ...]
    """The readable rows; each has an id."""
    next_page_token: str
    total_count: int
    """Results on all pages, as the platform counts them."""
    unreadable: int = 0
    """Rows that are not objects, have no id, or contain text that is not valid Unicode."""


@dataclass(frozen=True, slots=True)
class EditResponse:
    """The result of creating or editing a product."""

    product_id: str
    audit_status: str | None
    warnings: tuple[str, ...]
    request_id: str | None
    skus: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class ItemError:
    """The refusal of one product in a batch that succeeded as a whole."""

    product_id: str
    code: int
    message: str


def parse_search_page(data: Mapping[str, Any]) -> SearchPage:
    """Parse a page of a search. An unreadable row is counted and skipped.

    Raises MalformedData if the page itself is malformed: skipping a page would leave its products on v1.
    """
    total = data.get("total_count") or 0
    if not (type(total) is int and total >= 0) and not (isinstance(total, str) and total.isdecimal()):
        raise MalformedData("total_count is not a count")
    rows = data.get("products") or []
    if not isinstance(rows, list):
        raise MalformedData("products is not a list")
    token = optional_str(data, "next_page_token")
    if not _is_encodable(token):
        raise MalformedData("next_page_token is not valid Unicode")
    products = tuple({**row, "id": str(row["id"])} for row in rows if _is_readable(row))
    return SearchPage(products, token, int(total), len(rows) - len(products))


def _is_readable(row: Any) -> bool:
    return isinstance(row, dict) and bool(row.get("id")) and is_id(row["id"]) and _is_encodable(row)


def _is_encodable(value: Any) -> bool:
    """Whether a value can be stored and sent again as JSON."""
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return False
    return True


def why_not_editable(product: Mapping[str, Any], product_id: str) -> str:
    """Return why an edit built on this response could damage the listing, or an empty string."""
    if lenient_str(product.get("id")) != product_id:
        return "the response is about another product"
    status = product.get("product_status") or product.get("status")
    if not status or not isinstance(status, str):
        return "the status is missing, so an edit could put a draft on sale"
    if lack := _missing_content(product, status):
        return lack
    if field := malformed_field(product):
        return f"{field} has an unexpected shape"
    if not all(lenient_str(sku.get("id")) for sku in product.get("skus") or ()):
        return "a SKU has no id"
    return ""


def _missing_content(product: Mapping[str, Any], status: str) -> str:
    """A deleted product is not edited, so it may lack everything. A draft may have blanks where its seller has entered
    nothing yet.
    """
    if status == "DELETED":
        return ""
    if status == "DRAFT":
        missing = [name for name in ("title", "skus") if name not in product]
        return f"{missing[0]} is missing" if missing else ""
    if not isinstance(product.get("skus"), list) or not product["skus"]:
        return "skus are missing"
    if not isinstance(product.get("category_chains"), list) or not product["category_chains"]:
        return "category_chains are missing"
    return "" if isinstance(product.get("title"), str) else "the title is missing"


def parse_edit(response: Response, product_id: str) -> EditResponse:
    """Parse the response to an edit or creation of `product_id`.

    Raises MalformedData if it is about another product: then the state of this one is unknown.
    """
    data = response.data
    answered = data.get("product_id")
    if type(answered) in (str, int) and str(answered) not in ("", "0", product_id):
        raise MalformedData("the response is about another product")
    audit = data.get("audit")
    status = audit.get("status") if isinstance(audit, Mapping) else None
    return EditResponse(
        product_id,
        status if isinstance(status, str) and status else None,
        tuple(lenient_str(each.get("message")) for each in lenient_objects(data.get("warnings"))),
        response.request_id,
        tuple(dict(each) for each in lenient_objects(data.get("skus"))),
    )


def parse_item_errors(response: Response) -> tuple[ItemError, ...]:
    """Parse the refused products of a batch."""
    errors = []
    for each in lenient_objects(response.data.get("errors")):
        detail = each.get("detail")
        product_id = lenient_str(detail.get("product_id")) if isinstance(detail, Mapping) else ""
        errors.append(ItemError(product_id, lenient_int(each.get("code")), lenient_str(each.get("message"))))
    return tuple(errors)
