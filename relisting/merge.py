"""The Edit body of a product: everything it has goes back in, on the new leaf. Pure.

Get and Edit differ in shape (product_fields.py has the fate of every field); what could not be put back stops the edit
instead of being wiped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from relisting.product_fields import IDENTITIES, PRODUCT, Place

EDITABLE_SELLING_FORMATS = ("FIXED_PRICE", "FIXED_PRICE_AND_LIVE_AUCTION")
EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class UnknownFields:
    """Fields that an edit built by this version would wipe: unknown to the table, or of a kind an edit cannot send."""

    names: tuple[str, ...]


def merge(
    product: Mapping[str, Any],
    category_id: str,
    product_attributes: Sequence[Mapping[str, Any]],
    brand_id: str = "",
    allowed: frozenset[str] = frozenset(),
) -> dict[str, Any] | UnknownFields:
    """`allowed` names unknown fields an operator takes the loss of; `brand_id` replaces the product's own brand.

    What names an object cannot be allowed away: without its id, a SKU would be deleted.
    """
    for find in (_unknown_fields, _not_sendable):  # The second relies on the shapes the first has vouched for.
        unknown = {*find(product)}
        if not_allowed := {name for name in unknown if name not in allowed or _is_identity(name)}:
            return UnknownFields(tuple(sorted(not_allowed)))
        if unknown:
            product = _without(product, "", unknown)
    body: dict[str, Any] = _put_back(product, PRODUCT)
    body["category_id"] = category_id
    body["category_version"] = "v2"
    # An edit of a draft must not put it on sale.
    body["save_mode"] = "AS_DRAFT" if is_draft(product) else "LISTING"
    body["product_attributes"] = [dict(attribute) for attribute in product_attributes]
    if brand := brand_id or str((product.get("brand") or {}).get("id") or ""):
        body["brand_id"] = brand
    if options := [each["id"] for each in product.get("delivery_options") or () if each.get("id")]:
        body["delivery_option_ids"] = options
    subscription = product.get("subscribe_info") or {}
    if subscription.get("subscribe_status") == "ENABLED":
        details = subscription.get("subscribe_discount_details") or []
        body["subscribe_info_edit"] = {"subscribe_status": "ENABLED", "discount_details": details}
    if body.get("selling_format") not in EDITABLE_SELLING_FORMATS:
        body.pop("selling_format", None)
        if "AUCTION" in (product.get("product_tags") or ()):
            body["product_tag_operations"] = [{"product_tag": "AUCTION", "enable": True}]
    if "SHARED" in _of_skus(product, "global_listing_policy", "inventory_type"):
        body["inventory_mode"] = "SHARED"
    for limit in _of_skus(product, "purchase_order_quantity_limit"):
        body.setdefault("purchase_order_quantity_limit", limit)
    return body


def is_draft(product: Mapping[str, Any]) -> bool:
    return (product.get("product_status") or product.get("status")) == "DRAFT"


def left_behind(product: Mapping[str, Any]) -> tuple[str, ...]:
    """Warnings about what an edit may do besides, which nobody has documented."""
    warnings = []
    if is_draft(product) and product.get("delivery_options"):
        warnings.append("delivery_options: the platform does not keep them for drafts")
    if product.get("has_draft"):
        warnings.append("has_draft: the product has a draft in Seller Center; the edit is made from the live version")
    if (product.get("audit") or {}).get("status") == "AUDITING":
        warnings.append("audit: another version is under review; the edit is made from the live version")
    return tuple(warnings)


def _put_back(value: Any, place: Place) -> Any:
    if isinstance(value, list):
        return [put for each in value if not _is_empty(put := _put_back(each, place))]
    if not isinstance(value, Mapping):
        return value
    body = {}
    for name in sorted(value):
        below, each = place.below.get(name), value[name]
        if below is None or each is None:
            continue
        if below.verdict == "kept":
            body[name] = each
        elif below.verdict == "inside" and not _is_empty(put := _put_back(each, below)):
            body[name] = put
    return body


def _unknown_fields(product: Mapping[str, Any]) -> list[str]:
    """Their paths."""
    found: list[str] = []
    _note_unknown(product, PRODUCT, found)
    return found


def _note_unknown(value: Mapping[str, Any], place: Place, found: list[str]) -> None:
    if place.identity and not value.get(place.identity) and _tells_something(value):
        found.append(f"{place.path}.{place.identity}")
    for name, each in value.items():
        below = place.below.get(name)
        if _is_empty(each):
            continue
        if below is None or below.verdict == "stops":
            found.append(_join(place.path, name))
        elif below.verdict in ("inside", "apart"):
            objects = each if below.is_list else [each]
            if not isinstance(objects, list) or not all(isinstance(one, Mapping) for one in objects):
                found.append(below.path)  # The table says there are objects here.
                continue
            for one in objects:
                _note_unknown(one, below, found)


def _is_empty(value: Any) -> bool:
    """Zero and False tell something. Most values are something, and need no comparison to see that."""
    return not value and value in EMPTY


def _tells_something(value: Mapping[str, Any]) -> bool:
    return not all(map(_is_empty, value.values()))


def _not_sendable(product: Mapping[str, Any]) -> Iterator[str]:
    """Of a value Edit does not take, or told on each SKU and different where Edit takes one for all."""
    if product.get("selling_format") not in (None, "", *EDITABLE_SELLING_FORMATS):
        yield "selling_format"
    if len(_of_skus(product, "purchase_order_quantity_limit", of_all=True)) > 1:
        yield "skus.purchase_order_quantity_limit"
    modes = _of_skus(product, "global_listing_policy", "inventory_type", of_all=True)
    if "SHARED" in modes and len(modes) > 1:
        yield "skus.global_listing_policy.inventory_type"


def _of_skus(product: Mapping[str, Any], *names: str, of_all: bool = False) -> list[Any]:
    """The different values the SKUs have there; with `of_all`, having none counts as a value of its own."""
    found: list[Any] = []
    for sku in product.get("skus") or ():
        value: Any = sku
        for name in names:
            value = (value or {}).get(name)
        if (value not in EMPTY or of_all) and value not in found:
            found.append(value)
    return found


def _is_identity(path: str) -> bool:
    parent, _, name = path.rpartition(".")
    return IDENTITIES.get(parent) == name


def _without(value: Any, path: str, names: set[str]) -> Any:
    if isinstance(value, list):
        return [_without(each, path, names) for each in value]
    if not isinstance(value, Mapping):
        return value
    return {
        name: _without(each, below, names) for name, each in value.items() if (below := _join(path, name)) not in names
    }


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
