"""Changes of sellers that the simulator does not make: description, brand, value of an attribute, leaf."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator import reviews
from simulator.api_error import ApiError
from simulator.listing import Listing, record_seller_change
from simulator.seller_activity import deactivate
from simulator.server import Server
from simulator.shop import SimulatedShop

ATTRIBUTES, LEAF = "product_attributes", "category_chains"


def change_field(server: Server, shop: SimulatedShop, kind: str, number: int) -> dict[str, Any]:
    """Submits a version of a product with another value for review, as Seller Center does. Raises ApiError."""
    index = server.sellers._draw(shop)
    listing = server.world.touch(shop, index)
    base = listing.pending if listing.pending is not None else listing.live
    if listing.live["status"] == "DRAFT":
        raise ApiError(12052901, "a draft is changed in another way")
    name, value = KINDS[kind](server, shop, base, number)
    _submit(listing, base, name, value)
    server.audits.schedule(shop, listing)
    return {"product_id": listing.live["id"], "kind": kind, "value": value}


def _submit(listing: Listing, base: dict[str, Any], name: str, value: Any) -> None:
    under_review = listing.pending is not None
    on_v2 = listing.pending_on_v2 if under_review else listing.on_v2
    changes = listing.changes if under_review else frozenset()
    if not under_review:
        listing.sent = frozenset()
    reviews.submit(listing, {**base, name: value}, on_v2=on_v2, by_seller=True)
    listing.changes = changes | {name}
    if name not in (ATTRIBUTES, LEAF):
        # An edit may map attributes and moves the product, so neither need stay as it is.
        record_seller_change(listing, name, value, "under_review")


def _description(server: Server, shop: SimulatedShop, base: dict[str, Any], number: int) -> tuple[str, Any]:
    return "description", f"<p>Description {number}.</p>"


def _brand(server: Server, shop: SimulatedShop, base: dict[str, Any], number: int) -> tuple[str, Any]:
    """Another brand: a version without a change could not be told from one that the platform shows late."""
    used = (base.get("brand") or {}).get("id")
    brands = [brand_of(server, shop, number + each) for each in range(2)]
    others = [brand for brand in brands if brand["id"] != used]
    if not others:
        raise ApiError(12052201, "the shop has no other brand")
    return "brand", others[0]


def brand_of(server: Server, shop: SimulatedShop, number: int) -> dict[str, Any]:
    """One of the brands that the shop may use, as Get Product shows it. Raises ApiError if it has none."""
    own = [each for each in server.world.catalogue.brands if str(each["id"]) in shop.authorized_brands]
    if not own:
        raise ApiError(12052201, "the shop has no brand")
    brand = own[number % len(own)]
    return {"id": str(brand["id"]), "name": brand["name"]}


def _attribute(server: Server, shop: SimulatedShop, base: dict[str, Any], number: int) -> tuple[str, Any]:
    """Another value for the first attribute that has several."""
    known = {each["id"]: each for each in server.world.catalogue.attributes(base["category_chains"][-1]["id"])}
    for place, each in enumerate(base[ATTRIBUTES]):
        used = {value.get("id") for value in each["values"]}
        others = [value for value in known.get(each["id"], {}).get("values", ()) if value["id"] not in used]
        if others and each["name"] != "Battery":
            new = {**each, "values": [dict(others[number % len(others)])]}
            return ATTRIBUTES, [*base[ATTRIBUTES][:place], new, *base[ATTRIBUTES][place + 1 :]]
    raise ApiError(12052901, "no attribute has another value")


def _category(server: Server, shop: SimulatedShop, base: dict[str, Any], number: int) -> tuple[str, Any]:
    """Another leaf, which is open in both trees."""
    trees, used = server.world.trees, base[LEAF][-1]["id"]
    plain = (each for each in sorted(trees.v2.keys() & trees.v1.keys()) if each not in trees.splits and each != used)
    leaves = [each for each in plain if trees.v2[each].leaf and trees.v2[each].permissions == ("AVAILABLE",)]
    if not leaves:
        raise ApiError(12052901, "there is no other leaf")
    tree = trees.v2 if base[LEAF] == trees.chain(used, trees.v2) else trees.v1
    return LEAF, trees.chain(leaves[number % len(leaves)], tree)


def take_off_sale(server: Server, shop: SimulatedShop) -> dict[str, Any]:
    """Deactivates a product that is on sale. Raises ApiError."""
    listing = server.world.touch(shop, server.sellers._draw(shop))
    if listing.live["status"] != "ACTIVATE":
        raise ApiError(12052901, "the product is not on sale")
    deactivate(listing)
    return {"product_id": listing.live["id"], "kind": "deactivate", "value": None}


KINDS: dict[str, Callable[[Server, SimulatedShop, dict[str, Any], int], tuple[str, Any]]] = {
    "description": _description,
    "brand": _brand,
    "attribute": _attribute,
    "category": _category,
}
