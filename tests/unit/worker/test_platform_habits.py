"""Measurements apply to their market, and only measured habits are certain."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from facts.fact import Position
from facts.load import platform_facts
from facts.operator_file import MeasuredFact, MeasuredFacts
from relisting.platform_habits import PlatformHabits
from relisting.table_file import BadFile
from worker.config_files import facts_file
from worker.platform_habits import platform_habits

TABLE = platform_facts()


def measured(switch: str, value: Position, market: str = "MX") -> MeasuredFacts:
    fact = TABLE.switches[switch]
    return MeasuredFacts(TABLE, (MeasuredFact(fact.id, switch, value, market, date(2026, 11, 28), ()),))


@pytest.mark.parametrize(
    ("switch", "value", "wanted"),
    [
        ("edit_reactivates", True, PlatformHabits(edit_reactivates=True)),
        ("longest_package_cm", 0, PlatformHabits(longest_package_cm=0)),
        ("accepts_zero_dimensions", True, PlatformHabits(accepts_zero_dimensions=True)),
        ("accepts_zero_dimensions", False, PlatformHabits(accepts_zero_dimensions=False)),
        ("accepts_legacy_values", True, PlatformHabits(accepts_legacy_values=True)),
        ("description_images_need_sizes", False, PlatformHabits(description_images_need_sizes=False)),
        ("main_image_least_px", 300, PlatformHabits(main_image_least_px=300)),
        ("pages_by_offset", True, PlatformHabits()),
    ],
)
def test_a_measurement_counts_in_its_market(switch: str, value: Position, wanted: PlatformHabits) -> None:
    facts = measured(switch, value)
    assert platform_habits(facts, "MX", reactivation_observed=False) == wanted
    assert platform_habits(facts, "US", reactivation_observed=False) == PlatformHabits()
    everywhere = measured(switch, value, "*")
    assert platform_habits(everywhere, "US", reactivation_observed=False) == wanted


def test_a_workers_observation_outranks_the_file() -> None:
    facts = measured("edit_reactivates", False)
    assert platform_habits(facts, "MX", reactivation_observed=True).edit_reactivates


def test_a_bad_file_is_refused_with_one_line_that_names_the_row(tmp_path: Path) -> None:
    file = tmp_path / "facts.toml"
    file.write_text('[measured.package_size_sum]\nvalue = 7\nmarket = "MX"\ndate = 2026-11-28\n')
    with pytest.raises(BadFile) as refused:
        facts_file(file)
    assert "measured.package_size_sum: value must be one of 160, 0" in str(refused.value)
    assert "\n" not in str(refused.value)
