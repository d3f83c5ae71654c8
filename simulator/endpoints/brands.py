"""Get Brands, Suggest Brands and a seller's custom brands."""

from __future__ import annotations

from typing import Any

from simulator.api_error import ApiError
from simulator.call import Call
from simulator.endpoints.pages import page_size, page_start
from simulator.rules.category import check_leaf, version_of
from simulator.rules.codes import OVERLOADED

SHORTEST_NAME, LONGEST_NAME = 2, 30
MAX_CUSTOM_BRANDS = 1000
SUGGESTIONS = 10


def get_brands(call: Call) -> dict[str, Any]:
    catalogue, authorized, category = call.world.catalogue, call.shop.authorized_brands, call.query("category_id")
    version = version_of(call.world.options, call.query("category_version"))
    if category:
        check_leaf(call.world.trees, category, version)
    wanted = call.flag("is_authorized")
    brands = []
    for brand in _visible(call):
        own = brand["id"] in authorized
        if call.query("brand_name").lower() not in brand["name"].lower() or (wanted is not None and own != wanted):
            continue
        shown = {**brand, "authorized_status": "AUTHORIZED" if own else "UNAUTHORIEZD"}
        if own and category:
            available = catalogue.brand_is_available(brand["id"], category)
            shown["brand_status"] = "AVAILABLE" if available else "UNAVAILABLE"
        brands.append(shown)
    first, size = page_start(call), page_size(call)
    following = first + size
    return {
        "brands": brands[first:following],
        "total_count": len(brands),
        "next_page_token": str(following) if following < len(brands) else "",
    }


def create_brand(call: Call) -> dict[str, Any]:
    """Fact: custom_brands. Only the account that created a brand sees it."""
    name = call.body.get("name")
    if not isinstance(name, str) or not SHORTEST_NAME <= len(name.strip()) <= LONGEST_NAME:
        raise ApiError(OVERLOADED, f"name is invalid: {SHORTEST_NAME} to {LONGEST_NAME} characters")
    catalogue = call.world.catalogue
    if any(brand["name"].lower() == name.strip().lower() for brand in _visible(call)):
        raise ApiError(12019013, "a brand of this name exists")
    if sum(owner == call.account.name for owner in catalogue.brand_owner.values()) >= MAX_CUSTOM_BRANDS:
        raise ApiError(12019013, f"a seller may have {MAX_CUSTOM_BRANDS} custom brands")
    return {"id": catalogue.add_brand(name.strip(), call.account.name)}


def suggest_brands(call: Call) -> dict[str, Any]:
    """Returns the brands whose name occurs in the title."""
    title = str(call.body.get("product_title") or call.body.get("title") or "").lower()
    if not title:
        raise ApiError(12052261, "product_title is empty")
    found = [brand for brand in _visible(call) if brand["name"].lower() in title]
    return {"brands": [{"id": brand["id"], "name": brand["name"]} for brand in found[:SUGGESTIONS]]}


def _visible(call: Call) -> list[dict[str, Any]]:
    owner = call.world.catalogue.brand_owner
    return [
        each for each in call.world.catalogue.brands if owner.get(each["id"], call.account.name) == call.account.name
    ]
