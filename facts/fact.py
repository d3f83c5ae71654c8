"""The types of the fact table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

Confidence = Literal["live", "documented", "inferred", "unknown"]
Position = bool | int | str
CONFIDENCES: tuple[str, ...] = get_args(Confidence)


def shown(position: Position) -> str:
    """The position as written in TOML, JSON and on the command line, without quotes."""
    return str(position).lower() if isinstance(position, bool) else str(position)


class BadFactsFile(Exception):
    """The message is one line that names the entry and the problem."""


@dataclass(frozen=True, slots=True)
class Switch:
    """A behaviour with several positions, named like the simulator's option."""

    name: str
    positions: tuple[Position, ...]
    default: Position


@dataclass(frozen=True, slots=True)
class Fact:
    id: str
    topic: str
    statement: str
    source: str
    date: date
    """When it was measured, published or last searched for."""
    confidence: Confidence
    depends_on: tuple[str, ...]
    """The code that relies on it, each as `package: part`."""
    switch: Switch | None = None


@dataclass(frozen=True, slots=True)
class FactTable:
    facts: Mapping[str, Fact]
    """By id, in the order of the file."""
    switches: Mapping[str, Fact]
    """The facts that have a switch, by the name of the switch."""

    def default(self, switch_name: str) -> Position:
        """Raises KeyError for an unknown name."""
        switch = self.switches[switch_name].switch
        if switch is None:
            raise KeyError(switch_name)
        return switch.default
