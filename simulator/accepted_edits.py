"""Applies an accepted edit: the version under review, the quota, and the seller's changes that the edit contains."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from simulator import reviews
from simulator.listing import Listing, mark_overwritten, mark_unseen
from simulator.rules.documents import unknown_brand
from simulator.rules.submission import Submission
from simulator.shapes import to_edit, to_read
from simulator.shop import SimulatedShop
from simulator.world import World


@dataclass(frozen=True, slots=True)
class EditResult:
    listing: Listing
    product: dict[str, Any]
    """The product as submitted."""
    audit_status: str
    """AUDITING, APPROVED (price and stock need no audit) or NONE (a draft)."""
    warnings: tuple[str, ...]


def accept(
    world: World,
    shop: SimulatedShop,
    listing: Listing,
    submission: Submission,
    *,
    is_draft: bool = False,
    changes: frozenset[str] = frozenset(),
    chain: list[dict[str, Any]] | None = None,
    on_v2: bool | None = None,
) -> EditResult:
    before = listing.live
    after = _without_cleared_field(world, as_read(world, shop, submission, before, chain))
    after["status"], after["product_status"] = before["status"], before["product_status"]
    on_v2 = submission.version == "v2" if on_v2 is None else on_v2
    warnings = warnings_of(submission)
    listing.edits += 1
    mark_unseen(listing, after)
    if is_draft:
        if before["status"] == "DRAFT":
            listing.live = {**after, "audit": {"status": "NONE"}, "has_draft": False, "update_time": int(time.time())}
            listing.on_v2 = on_v2
            mark_overwritten(listing, listing.live, "saved")
        else:
            listing.draft = after
            listing.live = {**before, "has_draft": True}
        return EditResult(listing, after, "NONE", warnings)
    sent = _sent(submission)
    count_submission(shop)
    reviews.submit(listing, after, on_v2=on_v2, discards_draft=world.options.edit_discards_draft)
    # A seller's change that this version contains still belongs to the seller when the review ends.
    carried = {each.field for each in listing.seller_changes if each.state == "under_review"}
    listing.sent, listing.changes = sent, changes | carried
    if sent and on_v2 == listing.on_v2 and _changes_only_offers(before, after):
        reviews.approve(listing, world.options)
        return EditResult(listing, after, "APPROVED", warnings)
    return EditResult(listing, after, "AUDITING", warnings)


def _without_cleared_field(world: World, after: dict[str, Any]) -> dict[str, Any]:
    """The version without the field that the platform loses in its leaf (fault `cleared_field`)."""
    name, where = world.faults.cleared_field, world.faults.cleared_in
    leaf = str(after["category_chains"][-1]["id"])
    if not name or (where and where != leaf and not (where == "half" and int(leaf) % 2)):
        return after
    if name.startswith("skus."):
        lost = name.removeprefix("skus.")
        skus = [{key: value for key, value in sku.items() if key != lost} for sku in after["skus"]]
        return {**after, "skus": skus}
    return {key: value for key, value in after.items() if key != name}


def as_read(
    world: World,
    shop: SimulatedShop,
    submission: Submission,
    before: dict[str, Any],
    chain: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    skus = [{**sku, "id": str(sku.get("id") or world.new_sku_id())} for sku in submission.body["skus"]]
    tree = world.trees.v1 if submission.version == "v1" else world.trees.v2
    return to_read(
        {**submission.body, "skus": skus},
        before,
        world.catalogue,
        shop.seller,
        chain or world.trees.chain(submission.category_id, tree),
        drops_values_without_id=world.options.drops_values_without_id,
        platforms_survive_omission=world.options.platforms_survive_omission,
    )


def _sent(submission: Submission) -> frozenset[tuple[str, str]]:
    """Pairs of SKU id and `price` or `inventory` that the body contains."""
    return frozenset(
        (str(sku["id"]), name)
        for sku in submission.body["skus"]
        for name in ("price", "inventory")
        if sku.get("id") and sku.get(name)
    )


def _changes_only_offers(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether an edit changes only price and stock."""
    return to_edit(before) == to_edit(after)


def warnings_of(submission: Submission) -> tuple[str, ...]:
    warning = unknown_brand(submission)
    return (warning,) if warning else ()


def count_submission(shop: SimulatedShop) -> None:
    shop.submitted[today()] += 1


def today() -> int:
    return int(time.time()) // 86400
