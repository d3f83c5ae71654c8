"""How the platform behaves in a market: as measured by the operator, as observed by a worker, or by default."""

from __future__ import annotations

from typing import Any

from facts.operator_file import MeasuredFacts
from relisting.platform_habits import PlatformHabits

_latest: dict[tuple[str, bool], tuple[MeasuredFacts, PlatformHabits]] = {}
"""The habits of each region with the facts that they follow from, since all products of a region share them."""


def platform_habits(facts: MeasuredFacts, region: str, *, reactivation_observed: bool) -> PlatformHabits:
    """`reactivation_observed`: an edit of this service once put a deactivated product on sale."""
    known_facts, habits = _latest.get((region, reactivation_observed), (None, None))
    if habits is None or known_facts is not facts:
        habits = _habits(facts, region, reactivation_observed=reactivation_observed)
        _latest[region, reactivation_observed] = facts, habits
    return habits


def _habits(facts: MeasuredFacts, region: str, *, reactivation_observed: bool) -> PlatformHabits:
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
