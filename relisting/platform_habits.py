"""How the platform treats edits where its documentation is silent, wrong, or known to vary by market.

Each field is a switch of the fact table (docs/platform-facts.md). None: not measured in this market, so the first
products with such content test it (refusals.py).
"""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_PACKAGE_CM = 160


@dataclass(frozen=True, slots=True)
class PlatformHabits:
    edit_reactivates: bool = False
    """An edit puts a product that the seller has deactivated on sale (fact: edit_of_deactivated)."""
    edit_discards_draft: bool = True
    """An edit discards the seller's saved draft of a live product (fact: edit_with_draft)."""
    platforms_survive_omission: bool | None = None
    """An edit without listing_platforms leaves the product on the other platforms (fact: platforms_omitted)."""
    longest_package_cm: int = LONGEST_PACKAGE_CM
    """Limit of length + width + height; 0 = no limit (fact: package_size_sum)."""
    accepts_zero_dimensions: bool | None = None
    """Package dimensions of zero are accepted (fact: indonesian_packages)."""
    accepts_more_decimals: bool | None = None
    """Weights and dimensions may have more decimals than documented (fact: more_decimals)."""
    accepts_incomplete_drafts: bool | None = None
    """Drafts may lack any content that a listing needs (fact: drafts_incomplete)."""
    accepts_legacy_values: bool | None = None
    """A live listing may keep a value that its new leaf does not list (fact: legacy_values)."""
    description_images_need_sizes: bool | None = None
    """Images in a description need width and height (fact: description_images)."""
    main_image_least_px: int | None = None
    """Smallest main image that is accepted (fact: main_image_size)."""


DEFAULT_HABITS = PlatformHabits()
"""Nothing was measured."""
