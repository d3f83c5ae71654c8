"""Puts the data of the seller's own platform into the fields of Recommend Category. Pure.

The five `origin_platform_*` fields were added to Recommend Category on 2026-08-19 (docs/platform-facts.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def recommendation_fields(origin: Mapping[str, Any], origin_category: str) -> dict[str, Any]:
    """`origin` as in a fed job; `origin_category` is the path if it has none."""
    fields: dict[str, Any] = {}
    category = dict(origin.get("category") or {})
    if origin_category:
        category.setdefault("full_name", origin_category)
    if category:
        fields["origin_platform_category"] = category
    for name, field in (("product_type", "origin_platform_product_type"), ("vendor", "origin_platform_vendor")):
        if origin.get(name):
            fields[field] = origin[name]
    if origin.get("tags"):
        fields["origin_platform_tags"] = list(origin["tags"])
    if attributes := origin.get("attributes"):
        listed = [{"name": each["name"], "values": list(each["values"])} for each in attributes]
        fields["origin_platform_product_meta_data"] = {"attribute_value_list": listed}
    return fields


def own_values(origin: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    """Attribute name on the seller's own platform -> its values."""
    return {str(each["name"]): list(each["values"]) for each in origin.get("attributes") or ()}
