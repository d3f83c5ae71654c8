"""The simulator's record of every change, against which the demo and the tests check the service's reports."""

from __future__ import annotations

from collections import Counter
from typing import Any

from simulator.listing import Listing
from simulator.lost_values import lost_attribute_values
from simulator.reviews import NEVER_LIVE
from simulator.shop import SimulatedShop
from simulator.world import World

MAY_CHANGE = frozenset(
    {"category_chains", "product_attributes", "audit", "audit_failed_reasons", "update_time", "recommended_categories",
     "has_draft"}
)  # fmt: skip
"""Fields that change when a product moves to another category, and fields that the platform changes."""
ANSWERED = frozenset({"package_weight", "package_dimensions", "size_chart"})
"""Fields that people supply when a category requires them."""


def damage(listing: Listing) -> list[str]:
    """Names of fields that differ from the seller's version although a move may not change them; SKUs as `skus.<name>`.

    Price and stock are compared with their current values, sales included. A missing SKU is reported as `skus.deleted`.
    """
    before, after = listing.original, listing.live
    ignored = MAY_CHANGE | {"skus"} | ({"status", "product_status"} if before["status"] in NEVER_LIVE else set())
    names = {name for name in (before.keys() | after.keys()) - ignored if before.get(name) != after.get(name)}
    names -= {name for name in names if _fills_a_gap(name, before.get(name), after.get(name))}
    old, new = ({sku["id"]: sku for sku in version["skus"]} for version in (before, after))
    if old.keys() - new.keys():
        names.add("skus.deleted")
    if new.keys() - old.keys():
        names.add("skus.added")
    for identity in old.keys() & new.keys():
        was, is_now = old[identity], new[identity]
        names |= {f"skus.{name}" for name in was.keys() | is_now.keys() if was.get(name) != is_now.get(name)}
    return sorted(names)


def _fills_a_gap(name: str, before: Any, after: Any) -> bool:
    """Whether the edit supplied a value missing from the seller's version, as people do for a category's
    requirements.
    """
    if name == "certifications":
        now = {each["id"]: each for each in after or ()}
        return all(each.items() <= now.get(each["id"], {}).items() for each in before or ())
    return name in ANSWERED and (not before or not str(before.get("value", "1")).strip("0.,"))


def seller_losses(world: World, shop: SimulatedShop) -> dict[str, list[str]]:
    """Seller data that an edit over the API overwrote, by product id.

    `title` stands for a field as in `damage`; `change of title` for a change that the seller had saved or submitted;
    `attribute Season: Spring` for a value that the new category allows; `draft` for an unsaved draft.
    """
    losses: dict[str, list[str]] = {}
    for listing in shop.touched.values():
        if not listing.edits:
            continue
        own = damage(listing)
        own += sorted(f"change of {each.field}" for each in listing.seller_changes if each.state == "lost")
        own += [f"attribute {each}" for each in lost_attribute_values(world, listing)]
        own += ["draft"] * bool(listing.drafts_discarded)
        if own:
            losses[listing.live["id"]] = own
    return losses


def shop_ledger(world: World, shop: SimulatedShop) -> dict[str, Any]:
    born = shop.traits.count(0, shop.products - 1, lambda traits: traits.born_on_v2)
    listings = shop.touched.values()
    made = [(index, each) for index, each in shop.touched.items() if index < shop.products]
    moved = sum(each.on_v2 and not shop.traits.of(index).born_on_v2 for index, each in made)
    damaged = {each.live["id"]: damage(each) for each in listings if each.on_v2 and each.edits}
    changes = [change for each in listings for change in each.seller_changes]
    losses = seller_losses(world, shop)
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
            each.rejected and each.on_v2 and not shop.traits.of(index).born_on_v2 for index, each in made
        ),
        "stays_pending": sum(each.stays_pending for each in listings),
        "pre_approved": sum(each.live["audit"]["status"] == "PRE_APPROVED" for each in listings),
        "still_on_v1": shop.products - born - moved,
        "edits_accepted": sum(each.edits for each in listings),
        "edited_more_than_once": sum(each.edits > 1 for each in listings),
        "damaged": sum(map(bool, damaged.values())),
        "damaged_unseen": sum(_only_lacks_unseen_changes(each, damaged.get(each.live["id"], [])) for each in listings),
        "damage": {identity: names for identity, names in damaged.items() if names},
        "drafts_published": sum(
            each.edits > 0 and each.original["status"] == "DRAFT" and each.live["status"] != "DRAFT"
            for each in listings
        ),
        "put_on_sale": sum(
            each.edits > 0 and "DEACTIVATED" in each.original["status"] and each.live["status"] == "ACTIVATE"
            for each in listings
        ),
        "reviews_superseded": sum(each.superseded for each in listings),
        "seller_changes": shop.seller_activity.total(),
        "seller_changes_lost": sum(change.state == "lost" for change in changes),
        "seller_changes_unseen": sum(change.state == "lost" and change.unseen for change in changes),
        "attribute_values_lost": sum(name.startswith("attribute ") for names in losses.values() for name in names),
        "drafts_discarded": sum(each.drafts_discarded for each in listings),
        "products_with_losses": len(losses),
        "losses": losses,
        "calls": dict(shop.calls),
        "throttled": shop.reads.throttled + shop.writes.throttled + shop.hourly.refused,
    }


def _only_lacks_unseen_changes(listing: Listing, names: list[str]) -> bool:
    """Whether the differing fields are changes by the seller that were made, and went live, between a read and its
    edit.
    """
    unseen = {each.field for each in listing.seller_changes if each.state == "lost" and each.unseen}
    return bool(names) and unseen.issuperset(names)


def ledger(world: World) -> dict[str, Any]:
    """The `total` over all shops, the numbers of each of `shops`, and the token refreshes of each of `accounts`."""
    shops = [shop_ledger(world, shop) for shop in world.shops]
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
