"""Reports shops that were never verified with the platform. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from console.diagnosis.finding import Finding
from console.formatting import pluralize
from model.shop import Shop


def unverified_finding(shops: Sequence[Shop]) -> list[Finding]:
    """Report the shops that were added without a check."""
    ids = tuple(each.shop_id for each in shops if each.unverified)
    if not ids:
        return []
    found = f"never verified with the platform ({len(ids):,} of {pluralize(len(shops), 'shop')})"
    return [Finding("shops", "warning", found, "relist shops verify", "unverified", ids)]
