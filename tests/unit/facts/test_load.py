"""The fact table: its shape, its links to the simulator, and its generated page."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from facts.fact import BadFactsFile, Position
from facts.load import parse, platform_facts, same_position
from facts.page import PAGE, render
from simulator.options import OPTION_TYPES, SimulatorOptions
from tests.support.rooms import rooms

ROOT = Path(__file__).parents[3]
TABLE = platform_facts()
ENTRY = """
[[fact]]
id = "one"
topic = "Signing"
statement = "Something holds."
source = "measured"
date = 2026-11-27
confidence = "unknown"
depends_on = ["simulator: server"]
switch = { name = "one_switch", positions = [true, false], default = true }
"""


def test_every_switch_is_an_option_of_the_simulator_with_the_same_default() -> None:
    options = SimulatorOptions()
    for name, fact in TABLE.switches.items():
        assert fact.switch is not None
        assert same_position(getattr(options, name), fact.switch.default), name
        types = {"bool": bool, "int": int}
        assert all(type(each) is types[OPTION_TYPES[name]] for each in fact.switch.positions), name


def test_every_option_that_takes_its_default_from_facts_has_a_fact() -> None:
    own = {each.name for each in fields(SimulatorOptions) if callable(each.default_factory)}
    assert own == TABLE.switches.keys()


def test_both_positions_of_every_switch_are_tested() -> None:
    folder = ROOT / "tests" / "integration" / "simulator"
    tests = "".join(file.read_text() for file in folder.glob("test_*.py"))
    positions = "position|code|status|most|least|singular"
    missing = [name for name in TABLE.switches if not re.search(rf"\b{name}=({positions})", tests)]
    assert not missing


def test_facts_depend_on_rooms_that_exist() -> None:
    named = {each.partition(":")[0] for fact in TABLE.facts.values() for each in fact.depends_on}
    assert named <= set(rooms())


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(TABLE), "run: python -m facts.page"


def test_the_page_has_every_fact_and_switch() -> None:
    page = render(TABLE)
    assert all(f"`{each.id}`" in page and each.statement in page for each in TABLE.facts.values())
    assert all(f"Switch: `{name}`" in page for name in TABLE.switches)


def test_an_entry_is_read_with_its_switch() -> None:
    fact = parse(ENTRY).facts["one"]
    assert (fact.confidence, fact.depends_on, fact.date.year) == ("unknown", ("simulator: server",), 2026)
    assert parse(ENTRY).default("one_switch") is True
    with pytest.raises(KeyError):
        parse(ENTRY).default("other")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "one"', "", "fact number 1: id must be"),
        ('id = "one"', 'id = "not an id"', "fact number 1: id must be"),
        ('topic = "Signing"', 'topic = ""', "fact one: topic must be a string"),
        ('source = "measured"', "source = 5", "fact one: source must be a string"),
        ("date = 2026-11-27", 'date = "yesterday"', "fact one: date must be a date"),
        ('confidence = "unknown"', 'confidence = "sure"', "fact one: confidence must be one of live"),
        ('depends_on = ["simulator: server"]', "depends_on = []", "fact one: depends_on must be a list"),
        ("switch = {", "other = {", "fact one: unknown field other"),
        ("switch = { name", "#", "fact one: an unknown fact needs a switch"),
        (", default = true }", " }", "fact one: a switch needs a name, positions and a default"),
        ('"one_switch"', '"a b"', "fact one: the switch needs a name"),
        ("[true, false]", "[true]", "fact one: the switch one_switch needs at least two positions"),
        ("default = true }", "default = 1 }", "fact one: the default of the switch one_switch is not one"),
        ("[[fact]]", "[fact]", "`fact` must be an array of tables"),
        ("[[fact]]", "[[fact", "the fact table is not valid TOML"),
    ],
)
def test_a_bad_entry_is_named_in_one_line(old: str, new: str, message: str) -> None:
    with pytest.raises(BadFactsFile, match=re.escape(message)) as raised:
        parse(ENTRY.replace(old, new))
    assert "\n" not in str(raised.value)


def test_ids_and_switches_are_unique() -> None:
    with pytest.raises(BadFactsFile, match="fact one: the id is used twice"):
        parse(ENTRY + ENTRY)
    with pytest.raises(BadFactsFile, match="fact two: the switch one_switch belongs to another fact"):
        parse(ENTRY + ENTRY.replace('"one"', '"two"'))


@pytest.mark.parametrize(
    ("one", "other", "same"), [(True, 1, False), (1, 1, True), (False, 0, False), ("a", "a", True)]
)
def test_true_and_one_are_different_positions(one: Position, other: Position, same: bool) -> None:
    assert same_position(one, other) == same
