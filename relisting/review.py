"""Checks whether a version of a product is under review. Pure.

While a version is under review, Get Product shows the live version. An edit based on that would replace the version
under review and the seller's changes in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relisting.merge import body_fields, product_status
from relisting.version import changes_nothing

UNDER_REVIEW = frozenset({"AUDITING", "PRE_APPROVED"})
"""Values of `audit.status`. A PRE_APPROVED version has passed but is not live: the platform waits for the seller."""

KNOWN_STATUSES = UNDER_REVIEW | {"NONE", "FAILED", "APPROVED"}
"""Values of `audit.status` (Get Product 202309). Any other one may mean that a version is under review."""


def audit_status(product: Mapping[str, Any]) -> str:
    """The audit status in capitals, as the platform documents it; empty if the product has none."""
    return str((product.get("audit") or {}).get("status") or "").strip().upper()


def review_status(product: Mapping[str, Any]) -> str:
    """The audit status of a version under review; empty if there is none."""
    if (status := audit_status(product)) in UNDER_REVIEW:
        return status
    return "AUDITING" if str(product.get("status") or "").upper() == "PENDING" else ""


def approval_causes(product: Mapping[str, Any]) -> tuple[str, ...]:
    """The causes for which a PRE_APPROVED version waits, such as KYC_PENDING.

    The schema has a list `pre_approved_reasons`; a published example has one string `pre_approved_reason`.
    """
    audit = product.get("audit") or {}
    causes = audit.get("pre_approved_reasons") or audit.get("pre_approved_reason") or ()
    return (causes,) if isinstance(causes, str) else tuple(str(each) for each in causes)


def shows_no_review(product: Mapping[str, Any]) -> bool:
    """Whether the product has no audit status, as in some recorded responses, or an unknown one."""
    return audit_status(product) not in KNOWN_STATUSES and product_status(product) != "DRAFT"


def has_other_content(version: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
    """Whether a version under review has changes by the seller that an edit based on the live version would revert."""
    return any(body_fields(version).get(name) != value for name, value in body_fields(live).items()) or any(
        _content(version, name) != _content(live, name)
        for name in ("brand", "product_attributes", "category_chains", "skus")
    )


def was_saved_since(version: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether the version differs from the earlier product in fields that sellers write. Stock and prices differ
    after every sale, so they do not count.
    """
    was, now = body_fields(before), body_fields(version)
    return (
        any(was.get(name) != now.get(name) for name in was.keys() | now.keys())
        or any(_content(version, name) != _content(before, name) for name in ("brand", "product_attributes"))
        or _seller_skus(version) != _seller_skus(before)
    )


def _content(product: Mapping[str, Any], name: str) -> Any:
    return product.get(name) or None


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


def holds_whole_edit(version: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """As above, with every field that the version and an edit have in the same form, such as the package's weight."""
    return holds_edit(version, body) and all(body.get(name) == value for name, value in body_fields(version).items())


def _uris(body: Mapping[str, Any]) -> list[str]:
    return [str(image.get("uri")) for image in body.get("main_images") or ()]


def _seller_skus(body: Mapping[str, Any]) -> dict[str, str]:
    return {str(sku.get("id")): str(sku.get("seller_sku") or "") for sku in body.get("skus") or ()}
