"""A changed product: the live version, the version under review and the seller's version."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Literal

LONGEST_UNSEEN_SECONDS = 7.0
"""A read may be 5 s old when the edit is sent, and the edit may take 2 s to arrive."""
ChangeState = Literal["under_review", "saved", "lost", "rejected"]


@dataclass(slots=True)
class SellerChange:
    """A value the seller has saved for one field: a field of the product, or `skus.<id>.price`."""

    field: str
    value: Any
    state: ChangeState
    at: float = 0.0
    """Unix seconds."""
    was_read: bool = False
    """Whether the product was read over the API since the change."""
    unseen: bool = False
    """Whether an edit over the API lacked it, because the change was made between the last read and the edit."""


@dataclass(slots=True)
class Listing:
    live: dict[str, Any]
    """The version that buyers see."""
    on_v2: bool
    original: dict[str, Any]
    """The seller's version. Edits by others must preserve it, except for the fields that a move changes."""
    pending: dict[str, Any] | None = None
    """The version under review."""
    pending_on_v2: bool = False
    sent: frozenset[tuple[str, str]] = frozenset()
    """Pairs of SKU id and `price` or `inventory` that the edit under review contains."""
    changes: frozenset[str] = frozenset()
    """Fields that the seller changed in the version under review."""
    seller_changes: list[SellerChange] = field(default_factory=list)
    """The latest change of each field."""
    draft: dict[str, Any] | None = None
    edits: int = 0
    """Edits accepted over the API."""
    rejected: bool = False
    review: int = 0
    """Number of reviews; distinguishes the end of the latest review from that of a superseded one."""
    scheduled: bool = False
    """Whether the end of the latest review is scheduled."""
    superseded: int = 0
    """Number of reviews that a later edit superseded."""
    upgraded: bool = False
    """Whether the platform's upgrade task moved the product."""
    kyc_pending: bool = False
    """Reviews end as PRE_APPROVED until the seller's identity is verified."""
    stays_pending: bool = False
    """Whether it was submitted to an invite-only category, whose reviews never end."""
    drafts_discarded: int = 0
    """Number of the seller's drafts that an edit over the API discarded."""


def record_seller_change(listing: Listing, name: str, value: Any, state: ChangeState) -> None:
    """Records a change; it replaces an earlier change of the same field that is not lost."""
    kept = [each for each in listing.seller_changes if each.field != name or each.state == "lost"]
    listing.seller_changes = [*kept, SellerChange(name, value, state, time.time())]


def mark_read(listing: Listing) -> None:
    """Marks that the product was read: a later edit over the API must preserve the changes made so far."""
    for change in listing.seller_changes:
        change.was_read = True


def mark_unseen(listing: Listing, version: dict[str, Any]) -> None:
    """Marks the changes that an edit over the API lacks, if they were made since the product was last read."""
    for change in listing.seller_changes:
        is_lacking = value_of(version, change.field) != change.value
        is_recent = time.time() - change.at <= LONGEST_UNSEEN_SECONDS
        change.unseen = change.unseen or (is_lacking and is_recent and not change.was_read)


def mark_overwritten(listing: Listing, version: dict[str, Any], state: ChangeState) -> None:
    """Marks changes in `state` as lost if `version` does not contain their value."""
    for change in listing.seller_changes:
        if change.state == state and value_of(version, change.field) != change.value:
            change.state = "lost"


def mark_saved(listing: Listing) -> None:
    """Marks changes under review as saved if the live version contains them, and adds them to the seller's version."""
    for change in listing.seller_changes:
        if change.state == "under_review" and value_of(listing.live, change.field) == change.value:
            change.state = "saved"
            listing.original = {**listing.original, change.field: change.value}


def value_of(product: dict[str, Any], name: str) -> Any:
    """The field's value; None if the product lacks the field or the SKU."""
    if not name.startswith("skus."):
        return product.get(name)
    _, sku_id, part = name.split(".")
    return next((sku.get(part) for sku in product["skus"] if sku["id"] == sku_id), None)
