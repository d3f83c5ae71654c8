"""Finds the fields of a product that an Edit would wipe or cannot express. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from relisting.field_shapes import checked_fields
from relisting.product_fields import PRODUCT, FieldNode, is_id_field, join_path

EDITABLE_SELLING_FORMATS = ("FIXED_PRICE", "FIXED_PRICE_AND_LIVE_AUCTION")
OBJECT = {dict}
"""The type of a JSON object; comparing it costs less than `isinstance(value, Mapping)`."""
MAX_DEPTH = 10
"""Levels of an unknown field searched for content; deeper ones count as content."""
EMPTY: tuple[Any, ...] = (None, "", [], {})


def split_unsendable(product: Mapping[str, Any], allowed: frozenset[str]) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Returns the product without the unsendable fields in `allowed`, and the sorted paths of fields that block the
    edit.

    Id fields always block: omitting a SKU's id would delete the SKU. `_conflicting_fields` relies on the checks of
    `unknown_fields`, so it runs only if that finds no blocking field.
    """
    for find in (unknown_fields, _conflicting_fields):
        found = set(find(product))
        if blocking := {path for path in found if path not in allowed or is_id_field(path)}:
            return product, tuple(sorted(blocking))
        if found:
            product = _without(product, "", found)
    return product, ()


def unknown_fields(product: Mapping[str, Any]) -> list[str]:
    """Paths that are not in the table, are marked STOP, have an unexpected shape, or lack their id."""
    found: list[str] = []
    _collect_unknown(product, PRODUCT, found)
    return found


def sku_values(product: Mapping[str, Any], *names: str, include_missing: bool = False) -> list[Any]:
    """Distinct values at the path `names` of the SKUs; with `include_missing`, a missing value counts as a value."""
    found: list[Any] = []
    for sku in product.get("skus") or ():
        value: Any = sku
        for name in names:
            value = (value or {}).get(name)
        if (include_missing or value not in EMPTY) and value not in found:
            found.append(value)
    return found


def is_empty(value: Any) -> bool:
    """Whether the value is blank; zero and False are not. The first test is for speed in the common case."""
    return not value and value in EMPTY


def _holds_nothing(value: Any, depth: int = MAX_DEPTH) -> bool:
    """Whether all parts of the value are blank, as in `{"a": null, "b": [{}]}`: then an edit cannot wipe anything."""
    if not isinstance(value, dict | list):
        return is_empty(value)
    parts = value.values() if isinstance(value, dict) else value
    return depth > 0 and all(_holds_nothing(part, depth - 1) for part in parts)


def _collect_unknown(value: Mapping[str, Any], node: FieldNode, found: list[str]) -> None:
    if node.id_field and not value.get(node.id_field) and not all(map(is_empty, value.values())):
        found.append(join_path(node.path, node.id_field))
    for name, child in checked_fields(node, tuple(value)):
        each = value[name]
        if not each and each in EMPTY:
            continue
        if child is None:
            if not _holds_nothing(each):
                found.append(join_path(node.path, name))
            continue
        objects = each if child.is_list else [each]
        if not isinstance(objects, list) or not set(map(type, objects)) <= OBJECT:
            found.append(child.path)
            continue
        for one in objects:
            _collect_unknown(one, child, found)


def _conflicting_fields(product: Mapping[str, Any]) -> Iterator[str]:
    """Values that Edit does not accept, and values that differ between SKUs but exist once per product in Edit."""
    if product.get("selling_format") not in (None, "", *EDITABLE_SELLING_FORMATS):
        yield "selling_format"
    if len(sku_values(product, "purchase_order_quantity_limit", include_missing=True)) > 1:
        yield "skus.purchase_order_quantity_limit"
    modes = sku_values(product, "global_listing_policy", "inventory_type", include_missing=True)
    if "SHARED" in modes and len(modes) > 1:
        yield "skus.global_listing_policy.inventory_type"


def _without(value: Any, path: str, names: set[str]) -> Any:
    if isinstance(value, list):
        return [_without(each, path, names) for each in value]
    if not isinstance(value, Mapping):
        return value
    return {
        name: _without(each, child, names)
        for name, each in value.items()
        if (child := join_path(path, name)) not in names
    }
