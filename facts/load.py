"""Reads the fact table and checks every entry. The result is cached: the file is part of the package."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from typing import Any, cast

from facts.fact import CONFIDENCES, BadFactsFile, Confidence, Fact, FactTable, Position, Switch

TEXTS = ("topic", "statement", "source")
FIELDS = frozenset({"id", *TEXTS, "date", "confidence", "depends_on", "switch"})


@functools.cache
def platform_facts() -> FactTable:
    """The table that ships with the project. Raises BadFactsFile."""
    return parse(files("facts").joinpath("platform.toml").read_text(encoding="utf-8"))


def parse(text: str) -> FactTable:
    """Raises BadFactsFile."""
    try:
        entries = tomllib.loads(text).get("fact", [])
    except tomllib.TOMLDecodeError as error:
        raise BadFactsFile(f"the fact table is not valid TOML: {error}") from None
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise BadFactsFile("`fact` must be an array of tables: write [[fact]]")
    facts: dict[str, Fact] = {}
    switches: dict[str, Fact] = {}
    for number, entry in enumerate(entries, 1):
        fact = _fact(entry, number)
        if fact.id in facts:
            raise BadFactsFile(f"fact {fact.id}: the id is used twice")
        facts[fact.id] = fact
        if fact.switch is not None:
            if fact.switch.name in switches:
                raise BadFactsFile(f"fact {fact.id}: the switch {fact.switch.name} belongs to another fact")
            switches[fact.switch.name] = fact
    return FactTable(facts, switches)


def _fact(entry: Mapping[str, Any], number: int) -> Fact:
    identifier = entry.get("id")
    if not isinstance(identifier, str) or not identifier.isidentifier():
        raise BadFactsFile(f"fact number {number}: id must be a name of letters, digits and _")
    where = f"fact {identifier}"
    if unknown := sorted(entry.keys() - FIELDS):
        raise BadFactsFile(f"{where}: unknown field {unknown[0]}")
    for name in TEXTS:
        if not isinstance(entry.get(name), str) or not entry[name].strip():
            raise BadFactsFile(f"{where}: {name} must be a string")
    if not isinstance(entry.get("date"), date):
        raise BadFactsFile(f"{where}: date must be a date such as 2026-08-13")
    if entry.get("confidence") not in CONFIDENCES:
        raise BadFactsFile(f"{where}: confidence must be one of {', '.join(CONFIDENCES)}")
    depends_on = entry.get("depends_on")
    if not isinstance(depends_on, list) or not depends_on or not all(isinstance(each, str) for each in depends_on):
        raise BadFactsFile(f"{where}: depends_on must be a list of strings")
    switch = _switch(entry["switch"], where) if "switch" in entry else None
    if switch is None and entry["confidence"] == "unknown":
        raise BadFactsFile(f"{where}: an unknown fact needs a switch, so that both positions can be tested")
    return Fact(
        identifier,
        entry["topic"],
        entry["statement"],
        entry["source"],
        entry["date"],
        cast(Confidence, entry["confidence"]),
        tuple(depends_on),
        switch,
    )


def _switch(entry: Any, where: str) -> Switch:
    if not isinstance(entry, dict) or entry.keys() != {"name", "positions", "default"}:
        raise BadFactsFile(f"{where}: a switch needs a name, positions and a default")
    name, positions, default = entry["name"], entry["positions"], entry["default"]
    if not isinstance(name, str) or not name.isidentifier():
        raise BadFactsFile(f"{where}: the switch needs a name of letters, digits and _")
    if not isinstance(positions, list) or len(positions) < 2 or not all(map(_is_position, positions)):
        raise BadFactsFile(f"{where}: the switch {name} needs at least two positions (true, false, numbers or texts)")
    if not any(same_position(default, each) for each in positions):
        raise BadFactsFile(f"{where}: the default of the switch {name} is not one of its positions")
    return Switch(name, tuple(positions), default)


def _is_position(value: Any) -> bool:
    return isinstance(value, bool | int | str)


def same_position(one: Position, other: Position) -> bool:
    """True and 1 are two positions, although Python calls them equal."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)
