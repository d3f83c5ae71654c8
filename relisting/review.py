"""Checks whether a version of a product is under review. Pure.

While a version is under review, Get Product shows the live version. An edit based on that would replace the version
under review and the seller's changes in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relisting.version import changes_nothing

UNDER_REVIEW = frozenset({"AUDITING", "PRE_APPROVED"})
"""Values of `audit.status`. A PRE_APPROVED version has passed but is not live: the platform waits for the seller."""


def review_status(product: Mapping[str, Any]) -> str:
    """The audit status of a version under review; empty if there is none."""
    status = str((product.get("audit") or {}).get("status") or "")
    if status in UNDER_REVIEW:
        return status
    return "AUDITING" if product.get("status") == "PENDING" else ""


def holds_edit(version: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether this version of the product already contains the edit.

    It compares the fields that sellers write. A difference means that someone else made the version.
    """
    return (
        all(version.get(name) == body.get(name) for name in ("title", "description"))
        and changes_nothing(version, body)
        and _uris(version) == _uris(body)
        and _seller_skus(version) == _seller_skus(body)
    )


def _uris(body: Mapping[str, Any]) -> list[str]:
    return [str(image.get("uri")) for image in body.get("main_images") or ()]


def _seller_skus(body: Mapping[str, Any]) -> dict[str, str]:
    return {str(sku.get("id")): str(sku.get("seller_sku") or "") for sku in body.get("skus") or ()}
