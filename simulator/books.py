"""The platform's own account of what was done to it: what the demo's report and the tests believe."""

from __future__ import annotations

from collections import Counter
from typing import Any

from simulator.products import is_born_on_v2, product_id
from simulator.world import Listing, SimulatedShop, World

MAY_CHANGE = frozenset(
    {"category_chains", "product_attributes", "audit", "audit_failed_reasons", "update_time", "recommended_categories",
     "has_draft"}
)  # fmt: skip


def damage(listing: Listing) -> list[str]:
    """Fields that are not as they were, among those a relist may not change."""
    before, after = _comparable(listing.original), _comparable(listing.live)
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _comparable(product: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in product.items() if name not in MAY_CHANGE}
    if "brand" in shown:
        shown["brand"] = shown["brand"]["id"]
    if "delivery_options" in shown:
        shown["delivery_options"] = [each["id"] for each in shown["delivery_options"]]
    return {name: _bare(value) for name, value in shown.items()}


def _bare(value: Any) -> Any:
    """Without what the platform derives from a `uri` or an id."""
    if isinstance(value, dict):
        derived = {"urls", "thumb_urls", "width", "height", "url"}
        if "images" in value or "files" in value:
            derived.add("title")
        return {name: _bare(each) for name, each in value.items() if name not in derived}
    return [_bare(each) for each in value] if isinstance(value, list) else value


def books_of(world: World, shop: SimulatedShop) -> dict[str, Any]:
    seed = world.options.seed
    born = sum(is_born_on_v2(seed, product_id(shop.number, index)) for index in range(shop.products))
    listings = shop.touched.values()
    moved = sum(each.on_v2 and not is_born_on_v2(seed, each.live["id"]) for each in listings)
    return {
        "shop_id": shop.shop_id,
        "products": shop.products,
        "born_on_v2": born,
        "moved": moved,
        "in_audit": sum(each.pending is not None for each in listings),
        "rejected": sum(each.rejected for each in listings),
        "still_on_v1": shop.products - born - moved,
        "edits_accepted": sum(each.edits for each in listings),
        "edited_more_than_once": sum(each.edits > 1 for each in listings),
        "damaged": sum(bool(each.on_v2 and each.edits and damage(each)) for each in listings),
        "calls": dict(shop.calls),
        "throttled": shop.reads.throttled + shop.writes.throttled,
    }


def books(world: World) -> dict[str, Any]:
    shops = [books_of(world, shop) for shop in world.shops]
    total: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    for shop in shops:
        total.update({name: value for name, value in shop.items() if isinstance(value, int)})
        calls.update(shop["calls"])
    return {"total": {**total, "calls": dict(calls)}, "shops": shops}
