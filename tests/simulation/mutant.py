"""A mistake that the worlds must find: one change in a script or a function of the product."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    place: str
    """`claim.lua`, or `module:Class.function`."""
    before: str
    after: str
    kind: str = "queue"
    """Kind of the worlds that must find it (search.py)."""

    @property
    def name(self) -> str:
        return f"{self.place}: {self.before.strip().splitlines()[0]}"
