"""Product states that prevent every edit. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.outcome import Reason
from relisting.merge import product_status
from relisting.planned import Gone, NeedsInput, Waiting
from relisting.platform_habits import DEFAULT_HABITS, PlatformHabits

EDITABLE_STATUSES = frozenset(
    {
        "INITIAL",
        "PENDING",
        "FAILED",
        "ACTIVATE",
        "SELLER_DEACTIVATED",
        "PLATFORM_DEACTIVATED",
        "SCHEDULED",
        "UNKNOWN",
        "",
    }
)
"""Statuses of Get Product and Search Products (202502) that do not forbid an edit."""

DELETED_REASON = Reason("product_deleted", "The product is deleted.", "platform", "status")


def edit_obstacle(
    product: Mapping[str, Any], habits: PlatformHabits = DEFAULT_HABITS
) -> Gone | Waiting | NeedsInput | None:
    """The reason why the product is not edited now, or None.

    The platform accepts no edit of a DELETED or FREEZE product (12052901).
    """
    match product_status(product):
        case "DELETED":
            return Gone(DELETED_REASON)
        case "FREEZE":
            message = "The platform has frozen the product and accepts no edit until it ends the freeze."
            return Waiting(Reason("product_frozen", message, "platform", "status"))
        case "SELLER_DEACTIVATED" if habits.edit_reactivates:
            message = "The product is off sale, and an edit would put it back on sale. Activate it, then answer done."
            return NeedsInput((Reason("product_deactivated", message, "seller", "status"),))
        case "DRAFT":
            return None
        case unknown if unknown not in EDITABLE_STATUSES:
            # This is not a question, because nobody can answer it: the status ends, or a newer release knows it.
            message = (
                f"The product has the status {unknown[:40]}, unknown to this release. It waits until this changes."
            )
            return Waiting(Reason("unknown_status", message, "platform", "status"))
    if product.get("has_draft") and habits.edit_discards_draft:
        message = (
            "The product has an unpublished draft in Seller Center, which an edit may discard. It is edited when the"
            " seller has published or deleted the draft."
        )
        return Waiting(Reason("seller_draft", message, "seller", "has_draft"))
    return None


def pending_invitation(product: Mapping[str, Any], category_id: str, code: str) -> Waiting | None:
    """The wait of a product whose review cannot end before the seller is invited to its category, or None.

    Live (MX, 2026): outside the US, an edit into such a category is accepted and the product stays PENDING.
    """
    if product_status(product) != "PENDING":
        return None
    message = "The product is under review until the platform invites the shop to its category."
    return Waiting(Reason(code, message, "platform", "category_id"), category_id)
