"""How the service changes its behaviour when the measured position of a switch differs from its default."""

from __future__ import annotations

from facts.fact import Position

NOTHING = "nothing changes: the service does the same in either position"
FOLLOWS: dict[str, str] = {
    "edit_reactivates": "the seller is asked before an edit of a deactivated product, because it would go on sale",
    "edit_discards_draft": "products with an unpublished draft are edited instead of waiting for the draft",
    "accepts_zero_dimensions": "package dimensions of zero are sent back unchanged instead of asking the seller",
    "accepts_more_decimals": "weights and dimensions are sent back with all the decimals of the listing",
    "accepts_incomplete_drafts": "incomplete drafts are saved unchanged, and nobody is asked to complete them",
    "accepts_legacy_values": "values from the live listing are kept, and the seller is no longer asked for them",
    "longest_package_cm": "the sum of the package dimensions is not checked",
    "description_images_need_sizes": "images in a description are accepted without width and height",
    "main_image_least_px": "the seller is asked for larger main images before an edit",
    "unknown_brand_is_refused": "the seller is asked for a known brand before an edit",
    "refuses_edit_during_audit": f"{NOTHING}: no product is edited while a version of it is under review",
    "drops_values_without_id": f"{NOTHING}: every known sales value is sent with its id",
    "platforms_survive_omission": "every edit names the other platforms of the product",
    "pages_by_offset": f"{NOTHING}: searches read by update time until nothing is left",
}


def consequence(switch_name: str, value: Position, default: Position) -> str:
    """Return what follows from `value`; empty if it is the default."""
    if value == default and isinstance(value, bool) == isinstance(default, bool):
        return ""
    return FOLLOWS.get(switch_name, NOTHING)
