"""Chooses leaf categories under which a simple product can be listed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from calibration.findings import Inconclusive
from calibration.response import rows, text
from calibration.wire import Wire
from tiktok_shop.catalogue import Attribute, CategoryRules
from tiktok_shop.fields import MalformedData
from tiktok_shop.parse import parse_attributes, parse_rules

CATEGORIES = "/product/202309/categories"
MAX_TRIED = 60
"""Maximum number of leaves whose rules are read to find a simple one."""


@dataclass(frozen=True, slots=True)
class Leaf:
    id: str
    attributes: tuple[Attribute, ...]
    rules: CategoryRules

    def required_values(self) -> list[dict[str, Any]]:
        """Return each required attribute with a value, in the form that a request body uses. Raises Inconclusive."""
        given: list[dict[str, Any]] = []
        for attribute in self.attributes:
            if attribute.type == "PRODUCT_PROPERTY" and attribute.is_required:
                given.append({"id": attribute.id, "values": [_a_value(attribute)]})
        chosen = {(each["id"], each["values"][0].get("id")) for each in given}
        for attribute in self.attributes:
            holds = any((each.attribute_id, each.value_id) in chosen for each in attribute.conditions)
            if attribute.type == "PRODUCT_PROPERTY" and holds and not attribute.is_required:
                given.append({"id": attribute.id, "values": [_a_value(attribute)]})
        return given

    def sales_attribute(self) -> Attribute | None:
        """Return a sales attribute with listed values."""
        return next((each for each in self.attributes if each.type == "SALES_PROPERTY" and each.values), None)


def is_simple(leaf: Leaf) -> bool:
    """Whether a product needs nothing but texts, a picture, attributes and a package."""
    rules = leaf.rules
    return not (
        any(each.is_required for each in rules.certifications)
        or rules.size_chart_required
        or rules.epr_required
        or rules.responsible_person_required
        or rules.manufacturer_required
        or rules.required_fees
    )


def tree_of(data: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {text(each, "id"): each for each in rows(data, "categories") if text(each, "id")}


def open_leaves(tree: Mapping[str, Mapping[str, Any]], permission: str = "AVAILABLE") -> list[str]:
    """Return the leaves that have only this permission; none at all counts as AVAILABLE."""
    return [
        identity
        for identity, each in tree.items()
        if each.get("is_leaf") is True and [*(each.get("permission_statuses") or ["AVAILABLE"])] == [permission]
    ]


async def read_leaf(wire: Wire, leaf_id: str) -> Leaf:
    """Raises Inconclusive."""
    attributes = await wire.read("GET", f"{CATEGORIES}/{leaf_id}/attributes", category_version="v2")
    rules = await wire.read("GET", f"{CATEGORIES}/{leaf_id}/rules", category_version="v2")
    for response in (attributes, rules):
        if not response.accepted:
            raise Inconclusive(f"category {leaf_id} cannot be read: {response}")
    try:
        return Leaf(leaf_id, parse_attributes(attributes.data), parse_rules(rules.data))
    except MalformedData as problem:
        raise Inconclusive(f"category {leaf_id} cannot be read: {problem}") from None


async def simple_leaves(wire: Wire, leaf_ids: list[str]) -> AsyncIterator[Leaf]:
    """Yield the simple ones of at most MAX_TRIED leaves, spread over the tree."""
    step = max(1, len(leaf_ids) // MAX_TRIED)
    for leaf_id in leaf_ids[::step][:MAX_TRIED]:
        try:
            leaf = await read_leaf(wire, leaf_id)
            leaf.required_values()
        except Inconclusive:
            continue
        if is_simple(leaf):
            yield leaf


def _a_value(attribute: Attribute) -> dict[str, str]:
    """Raises Inconclusive."""
    if attribute.values:
        last = attribute.values[-1]
        return {"id": last.id, "name": last.name}
    if attribute.is_customizable:
        return {"name": "1" if attribute.value_format else "Calibration"}
    raise Inconclusive(f"attribute {attribute.id} has no values and takes none")
