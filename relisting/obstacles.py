"""Product states that prevent every edit. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.outcome import Reason
from relisting.merge import product_status
from relisting.planned import Gone, NeedsInput, Waiting


def edit_obstacle(product: Mapping[str, Any], *, edit_reactivates: bool = False) -> Gone | Waiting | NeedsInput | None:
    """The reason why the product is not edited now, or None.

    The platform accepts no edit of a DELETED or FREEZE product (12052901).
    """
    match product_status(product):
        case "DELETED":
            return Gone(Reason("product_deleted", "The product is deleted.", "platform", "status"))
        case "FREEZE":
            message = "The platform has frozen the product and accepts no edit until it ends the freeze."
            return Waiting(Reason("product_frozen", message, "platform", "status"))
        case "SELLER_DEACTIVATED" if edit_reactivates:
            message = "The product is off sale, and an edit would put it back on sale. Activate it, then answer done."
            return NeedsInput((Reason("product_deactivated", message, "seller", "status"),))
    return None


def pending_invitation(product: Mapping[str, Any], category_id: str, code: str) -> Waiting | None:
    """The wait of a product whose review cannot end before the seller is invited to its category, or None.

    Live (MX, 2026): outside the US, an edit into such a category is accepted and the product stays PENDING.
    """
    if product_status(product) != "PENDING":
        return None
    message = "The product is under review until the platform invites the shop to its category."
    return Waiting(Reason(code, message, "platform", "category_id"), category_id)
