"""What the platform answers about products: those it found, one as it reads, one as it was edited.

A read that is doubtful is refused, since an edit is built on it. The answer to an edit is not: the edit is made, and
what can not be read of its answer is only not told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tiktok_shop.parse import MalformedData, identity, listed, number, objects, text, word
from tiktok_shop.product_shape import misshapen
from tiktok_shop.transport import Answer


@dataclass(frozen=True, slots=True)
class SearchPage:
    products: tuple[dict[str, Any], ...]
    next_page_token: str
    total_count: int


@dataclass(frozen=True, slots=True)
class EditAnswer:
    product_id: str
    audit_status: str | None
    warnings: tuple[str, ...]
    request_id: str | None
    skus: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class ItemError:
    """One product's refusal inside a batch that as a whole succeeded."""

    product_id: str
    code: int
    message: str


def parse_search_page(data: Mapping[str, Any]) -> SearchPage:
    """A page that is passed over would leave its products where they are: MalformedData when it is in doubt."""
    total = data.get("total_count") or 0
    if not (type(total) is int and total >= 0) and not (isinstance(total, str) and total.isdecimal()):
        raise MalformedData("total_count is not a count")
    products = tuple({**each, "id": identity(each, "id")} for each in listed(data, "products"))
    return SearchPage(products, word(data, "next_page_token"), int(total))


def doubtful_product(product: Mapping[str, Any], product_id: str) -> str:
    """Why an edit built on this answer could damage the listing, or empty. Pure."""
    if text(product.get("id")) != product_id:
        return "the answer is about another product"
    skus = product.get("skus")
    if not isinstance(skus, list) or not skus:
        return "skus are missing"
    if not all(isinstance(sku, dict) and text(sku.get("id")) for sku in skus):
        return "a SKU has no id"
    if not isinstance(product.get("category_chains"), list) or not product["category_chains"]:
        return "category_chains are missing"
    if not isinstance(product.get("title"), str):
        return "the title is missing"
    if not (product.get("product_status") or product.get("status")):
        return "the status is missing, without which a draft could be put on sale"
    if field := misshapen(product):
        return f"{field} has an unexpected shape"
    return ""


def parse_edit(answer: Answer, product_id: str) -> EditAnswer:
    """Whatever it says, it is about this product."""
    data = answer.data
    audit = data.get("audit")
    status = audit.get("status") if isinstance(audit, Mapping) else None
    return EditAnswer(
        product_id,
        status if isinstance(status, str) and status else None,
        tuple(text(each.get("message")) for each in objects(data.get("warnings"))),
        answer.request_id,
        tuple(dict(each) for each in objects(data.get("skus"))),
    )


def parse_item_errors(answer: Answer) -> tuple[ItemError, ...]:
    errors = []
    for each in objects(answer.data.get("errors")):
        detail = each.get("detail")
        product_id = text(detail.get("product_id")) if isinstance(detail, Mapping) else ""
        errors.append(ItemError(product_id, number(each.get("code")), text(each.get("message"))))
    return tuple(errors)
