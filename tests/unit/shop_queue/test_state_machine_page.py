"""docs/state-machine.md shows exactly the transitions of the code, and explains each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from shop_queue.states import JOB, LEASE, SHOP, shop_transitions
from worker.engine.shop_phase import HELD_SHOP

PAGE = (Path(__file__).parents[3] / "docs" / "state-machine.md").read_text()
MACHINES = {"A product's job": JOB, "A shop": SHOP, "A lease": LEASE, "A shop held by a worker": HELD_SHOP}


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def arrows(table: Mapping[tuple[str, str], str]) -> list[tuple[str, str, str]]:
    return sorted((before, event, after) for (before, event), after in table.items())


@pytest.mark.parametrize("title", MACHINES)
def test_diagram_matches_the_code(title: str) -> None:
    (diagram,) = re.findall(r"```mermaid\nstateDiagram-v2\n(.*?)```", section(title), re.DOTALL)
    drawn = re.findall(r"^ {4}(\w+) --> (\w+): (\w+)$", diagram, re.MULTILINE)
    lines = [line for line in diagram.splitlines() if "[*]" not in line]
    assert len(drawn) == len(lines), "a line of the diagram is not a transition"
    assert sorted((before, event, after) for before, after, event in drawn) == arrows(MACHINES[title])


@pytest.mark.parametrize("title", MACHINES)
def test_every_transition_is_explained(title: str) -> None:
    rows = re.findall(r"^\| (\w+) \| (\w+) \| (\w+) \| (\S.{13,}) \|$", section(title), re.MULTILINE)
    assert sorted((before, event, after) for before, event, after, _ in rows) == arrows(MACHINES[title])


def test_transitions_in_script_form() -> None:
    assert shop_transitions("park") == "active=parked,parked=parked"
    assert shop_transitions("park_ends") == "parked=active"
