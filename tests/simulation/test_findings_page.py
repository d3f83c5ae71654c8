"""docs/reliability.md names a world or a test for each finding, and both exist."""

from __future__ import annotations

import re
from pathlib import Path

from tests.simulation.actions import ACTIONS
from tests.simulation.mutants import MUTANTS, applies
from tests.simulation.scenario_table import SCENARIOS
from tests.support.reliability_page import HEAD

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text()


def test_every_scenario_is_listed() -> None:
    listed = set(re.findall(r"scenario ([CG]\d+)", PAGE))
    assert listed == {scenario.name for scenario in SCENARIOS}


def test_every_listed_test_exists() -> None:
    paths = set(re.findall(r"`(tests/[\w/.]+\.py)`", PAGE))
    assert paths
    assert [path for path in paths if not (ROOT / path).is_file()] == []


def test_every_listed_fault_exists() -> None:
    assert [fault for fault in re.findall(r"fault `(\w+)`", PAGE) if fault not in {*ACTIONS, "overtaking"}] == []


def test_every_mutant_still_fits_the_source() -> None:
    assert [mutant.name for mutant in MUTANTS if not applies(mutant)] == []
    assert len({(mutant.place, mutant.before, mutant.after) for mutant in MUTANTS}) == len(MUTANTS)
    assert [scenario.name for scenario in SCENARIOS if not applies(scenario.mistake)] == []


def test_the_published_page_has_the_head_from_which_it_is_written() -> None:
    """`make reliability` writes the page from it, and would take changes back that only the page has."""
    _, _, published = PAGE.partition("## Simulated worlds")
    _, _, head = HEAD.partition("## Simulated worlds")
    assert published.startswith(head.rstrip())
