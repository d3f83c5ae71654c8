"""State changes of a listing when it is submitted and when its review ends. The timers are in audits.py."""

from __future__ import annotations

import time
from typing import Any

from simulator.listing import Listing, mark_overwritten, mark_saved
from simulator.options import SimulatorOptions

NEVER_LIVE = frozenset({"DRAFT", "FAILED", "PENDING"})
QUALIFICATION, IDENTITY = "RESTRICTED_CATEGORY_PENDING", "KYC_PENDING"
REJECTION = {
    "listing_platform": "TIKTOK_SHOP",
    "position": "product",
    "reasons": ["The image does not show the product"],
    "suggestions": ["Please check and resubmit."],
}


def submit(listing: Listing, after: dict[str, Any], *, on_v2: bool, by_seller: bool = False) -> None:
    """Submits `after` for review, superseding a current one. The live version stays until the review ends."""
    if not by_seller:
        mark_overwritten(listing, after, "under_review")
        listing.drafts_discarded += listing.draft is not None or bool(listing.live.get("has_draft"))
    listing.superseded += listing.pending is not None
    listing.pending, listing.pending_on_v2 = after, on_v2
    listing.draft, listing.rejected, listing.scheduled, listing.stays_pending = None, False, False, False
    listing.review += 1
    listing.live = {**listing.live, "has_draft": False, "audit": {"status": "AUDITING"}}
    listing.live.pop("audit_failed_reasons", None)
    if listing.live["status"] in NEVER_LIVE:
        listing.live["status"] = "PENDING"


def approve(listing: Listing, options: SimulatorOptions) -> None:
    """Makes the version live. Price and inventory that the edit omitted keep their current values."""
    if listing.pending is None:
        return
    before, after = listing.live, listing.pending
    known = {sku["id"]: sku for sku in before["skus"]}
    for sku in after["skus"]:
        for name in ("price", "inventory"):
            if (sku["id"], name) not in listing.sent and name in known.get(sku["id"], {}):
                sku[name] = known[sku["id"]][name]
    after["status"] = after["product_status"] = status_after(before["status"], options)
    after["audit"], after["update_time"] = {"status": "APPROVED"}, int(time.time())
    after["has_draft"] = False
    changed = {name: after[name] for name in listing.changes if name in after}
    kept = {name: value for name, value in listing.original.items() if name not in listing.changes}
    listing.original = {**kept, **changed}
    listing.live, listing.on_v2, listing.pending = after, listing.pending_on_v2, None
    mark_saved(listing)
    mark_overwritten(listing, after, "saved")


def reject(listing: Listing) -> None:
    """Ends the review; the old version stays live."""
    if listing.pending is None:
        return
    listing.rejected, listing.pending = True, None
    for change in listing.seller_changes:
        if change.state == "under_review":
            change.state = "rejected"
    listing.live = {**listing.live, "audit": {"status": "FAILED"}, "audit_failed_reasons": [REJECTION]}
    if listing.live["status"] == "PENDING":
        listing.live["status"] = "FAILED"


def wait_for_approval(listing: Listing, reason: str) -> None:
    """Ends the review successfully, but the version waits until the seller qualifies or is verified."""
    listing.live = {**listing.live, "audit": {"status": "PRE_APPROVED", "pre_approved_reasons": [reason]}}


def withdraw(listing: Listing) -> None:
    """Ends the review without a result, because the product was deleted or deactivated."""
    listing.pending, listing.stays_pending = None, False
    listing.review += 1
    for change in listing.seller_changes:
        if change.state == "under_review":
            change.state = "rejected"


def status_after(before: str, options: SimulatorOptions) -> str:
    if before in NEVER_LIVE or (before == "SELLER_DEACTIVATED" and options.edit_reactivates):
        return "ACTIVATE"
    return before
