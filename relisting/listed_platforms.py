"""Names the platforms of a product in its edit where leaving them out may end its listing there. Pure.

Whether an omitted `listing_platforms` keeps the others is not documented (fact: platforms_omitted), and neither is
whether naming a platform puts a deactivated listing back on sale there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relisting.platform_habits import PlatformHabits

OWN = "TIKTOK_SHOP"


def with_platforms(body: dict[str, Any], product: Mapping[str, Any], habits: PlatformHabits) -> dict[str, Any]:
    """Return the body with `listing_platforms` if naming them is the safer choice."""
    others = [each for each in product.get("integrated_platform_statuses") or () if each.get("platform")]
    if not others or habits.platforms_survive_omission:
        return body
    # Until it is measured, a listing that the seller has taken off sale must not be named.
    is_certain = habits.platforms_survive_omission is False
    if not is_certain and any(each.get("status") == "SELLER_DEACTIVATED" for each in others):
        return body
    return {**body, "listing_platforms": [OWN, *(str(each["platform"]) for each in others if each["platform"] != OWN)]}
