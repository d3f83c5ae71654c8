"""One product that was changed: the live version, the version under review, and what the seller has made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

ChangeState = Literal["under_review", "saved", "lost", "rejected"]


@dataclass(slots=True)
class SellerChange:
    """A value the seller has saved for one field: a field of the product, or `skus.<id>.price`."""

    field: str
    value: Any
    state: ChangeState


@dataclass(slots=True)
class Listing:
    live: dict[str, Any]
    """The version that buyers see."""
    on_v2: bool
    original: dict[str, Any]
    """The seller's own version. An edit of others must leave it so, except for what a move changes."""
    pending: dict[str, Any] | None = None
    """The version under review."""
    pending_on_v2: bool = False
    sent: frozenset[tuple[str, str]] = frozenset()
    """SKU id and `price` or `inventory`, where the edit under review sends them."""
    changes: frozenset[str] = frozenset()
    """Fields the seller means to change with the version under review."""
    seller_changes: list[SellerChange] = field(default_factory=list)
    """The latest of each field."""
    draft: dict[str, Any] | None = None
    edits: int = 0
    """Edits accepted over the API."""
    rejected: bool = False
    review: int = 0
    """Number of reviews, which tells the end of a superseded review from the end of the latest."""
    scheduled: bool = False
    """Whether the end of the latest review is scheduled."""
    superseded: int = 0
    """Reviews that a further edit cut short."""
    upgraded: bool = False
    """Moved by the platform's own upgrade task."""
    kyc_pending: bool = False
    """Reviews end as PRE_APPROVED until the seller's identity is verified."""
    stays_pending: bool = False
    """Submitted to a category by invitation: its review never ends."""
    drafts_discarded: int = 0
    """Drafts of the seller that an edit over the API threw away."""


def record_seller_change(listing: Listing, name: str, value: Any, state: ChangeState) -> None:
    """Replaces an earlier change of the same field, unless that one is lost."""
    kept = [each for each in listing.seller_changes if each.field != name or each.state == "lost"]
    listing.seller_changes = [*kept, SellerChange(name, value, state)]


def mark_overwritten(listing: Listing, version: dict[str, Any], state: ChangeState) -> None:
    """Changes in `state` whose value is not in `version` are lost."""
    for change in listing.seller_changes:
        if change.state == state and value_of(version, change.field) != change.value:
            change.state = "lost"


def mark_saved(listing: Listing) -> None:
    """Changes under review that the live version now has are saved, and belong to the seller's version."""
    for change in listing.seller_changes:
        if change.state == "under_review" and value_of(listing.live, change.field) == change.value:
            change.state = "saved"
            listing.original = {**listing.original, change.field: change.value}


def value_of(product: dict[str, Any], name: str) -> Any:
    """None where the product lacks the field, or the SKU."""
    if not name.startswith("skus."):
        return product.get(name)
    _, sku_id, part = name.split(".")
    return next((sku.get(part) for sku in product["skus"] if sku["id"] == sku_id), None)
