"""How the platform behaves in a market: as measured by the operator, as observed by a worker, or by default."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from facts.operator_file import MeasuredFacts
from relisting.platform_habits import PlatformHabits


@lru_cache(maxsize=256)  # all products of a region share them
def platform_habits(facts: MeasuredFacts, region: str, *, reactivation_observed: bool) -> PlatformHabits:
    """`reactivation_observed`: an edit of this service once put a deactivated product on sale."""

    def measured(switch_name: str) -> Any:
        return facts.measured_position(switch_name, region)

    return PlatformHabits(
        edit_reactivates=bool(facts.position("edit_reactivates", region)) or reactivation_observed,
        edit_discards_draft=bool(facts.position("edit_discards_draft", region)),
        platforms_survive_omission=measured("platforms_survive_omission"),
        longest_package_cm=int(facts.position("longest_package_cm", region)),
        accepts_zero_dimensions=measured("accepts_zero_dimensions"),
        accepts_more_decimals=measured("accepts_more_decimals"),
        accepts_incomplete_drafts=measured("accepts_incomplete_drafts"),
        accepts_legacy_values=measured("accepts_legacy_values"),
        description_images_need_sizes=measured("description_images_need_sizes"),
        main_image_least_px=measured("main_image_least_px"),
    )
