"""Finds attribute values of the seller that a move dropped although the new category allows them."""

from __future__ import annotations

from typing import Any

from simulator.catalogue import Catalogue
from simulator.listing import Listing
from simulator.world import World


def lost_attribute_values(world: World, listing: Listing) -> list[str]:
    """Lists each value that the live version lacks, as `Season: Spring`.

    A value counts if the live category has the attribute, by id or by name, and allows the value. A single-valued
    attribute counts only if it is now empty, since the seller may have entered another value.
    """
    if listing.live is listing.original or not listing.on_v2:
        return []
    now = _by_name(listing.live)
    held = _by_name(listing.original)
    lost = []
    for attribute in world.catalogue.attributes(listing.live["category_chains"][-1]["id"]):
        name = attribute["name"]
        if attribute["type"] != "PRODUCT_PROPERTY" or _must_be_empty(attribute, now, world.catalogue, listing):
            continue
        values = now.get(name, set())
        if values and not attribute["is_multiple_selection"]:
            continue
        allowed = {value["name"] for value in attribute["values"]}
        kept = {value for value in held.get(name, set()) if value in allowed or attribute["is_customizable"]}
        if not attribute["is_multiple_selection"]:
            kept = set(sorted(kept)[:1])
        lost += [f"{name}: {value}" for value in sorted(kept - values)]
    return lost


def _by_name(product: dict[str, Any]) -> dict[str, set[str]]:
    values: dict[str, set[str]] = {}
    for each in product.get("product_attributes") or ():
        values.setdefault(each["name"], set()).update(str(value.get("name") or "") for value in each["values"])
    return values


def _must_be_empty(attribute: dict[str, Any], now: dict[str, set[str]], catalogue: Catalogue, listing: Listing) -> bool:
    """Whether the attribute has conditions and none holds (12052183)."""
    conditions = attribute.get("requirement_conditions")
    if not conditions or attribute["is_requried"]:
        return False
    attributes = {each["id"]: each for each in catalogue.attributes(listing.live["category_chains"][-1]["id"])}
    for condition in conditions:
        parent = attributes[condition["attribute_id"]]
        wanted = {each["name"] for each in parent["values"] if each["id"] == condition["attribute_value_id"]}
        if wanted & now.get(parent["name"], set()):
            return False
    return True
