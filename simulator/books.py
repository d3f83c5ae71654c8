"""The platform's own account of what was done to it: what the demo's report and the tests believe."""

from __future__ import annotations

from collections import Counter
from typing import Any

from simulator.reviews import NEVER_LIVE
from simulator.world import Listing, SimulatedShop, World

MAY_CHANGE = frozenset(
    {"category_chains", "product_attributes", "audit", "audit_failed_reasons", "update_time", "recommended_categories",
     "has_draft"}
)  # fmt: skip
"""What moving a product to another category is for, and what the platform changes by itself."""


def damage(listing: Listing) -> list[str]:
    """Fields that are not as the seller made them, among those a relist may not change; of SKUs `skus.<name>`.

    Price and stock are compared with what they are now, sales included; a SKU that is gone is `skus.deleted`.
    """
    before, after = listing.original, listing.live
    ignored = MAY_CHANGE | {"skus"} | ({"status", "product_status"} if before["status"] in NEVER_LIVE else set())
    names = {name for name in (before.keys() | after.keys()) - ignored if before.get(name) != after.get(name)}
    old, new = ({sku["id"]: sku for sku in version["skus"]} for version in (before, after))
    if old.keys() - new.keys():
        names.add("skus.deleted")
    if new.keys() - old.keys():
        names.add("skus.added")
    for identity in old.keys() & new.keys():
        was, is_now = old[identity], new[identity]
        names |= {f"skus.{name}" for name in was.keys() | is_now.keys() if was.get(name) != is_now.get(name)}
    return sorted(names)


def books_of(world: World, shop: SimulatedShop) -> dict[str, Any]:
    born = shop.fates.count(0, shop.products - 1, lambda fate: fate.born_on_v2)
    listings = shop.touched.values()
    moved = sum(
        each.on_v2 and not shop.fates.of(index).born_on_v2
        for index, each in shop.touched.items()
        if index < shop.products
    )
    damaged = {each.live["id"]: damage(each) for each in listings if each.on_v2 and each.edits}
    return {
        "shop_id": shop.shop_id,
        "products": shop.products,
        "born_on_v2": born,
        "created": shop.created_count,
        "moved": moved,
        "upgraded": sum(each.upgraded for each in listings),
        "in_audit": sum(each.pending is not None and each.edits > 0 for each in listings),
        "rejected": sum(each.rejected for each in listings),
        "moved_then_rejected": sum(
            each.rejected and each.on_v2 and not shop.fates.of(index).born_on_v2
            for index, each in shop.touched.items()
            if index < shop.products
        ),
        "still_on_v1": shop.products - born - moved,
        "edits_accepted": sum(each.edits for each in listings),
        "edited_more_than_once": sum(each.edits > 1 for each in listings),
        "damaged": sum(map(bool, damaged.values())),
        "damage": {identity: names for identity, names in damaged.items() if names},
        "drafts_published": sum(
            each.edits > 0 and each.original["status"] == "DRAFT" and each.live["status"] != "DRAFT"
            for each in listings
        ),
        "reviews_superseded": sum(each.superseded for each in listings),
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
    accounts = {
        account.name: {"refreshes": account.refreshes, "refreshes_refused": account.refreshes_refused}
        for account in world.accounts.values()
    }
    total["edit_answers_lost"] = world.edit_answers_lost
    return {"total": {**total, "calls": dict(calls)}, "shops": shops, "accounts": accounts}
