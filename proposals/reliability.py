"""Learns how reliably the texts of a leaf's products state one attribute. Pure.

A product whose value is known shows which value was right when its texts stated another or the same. Sellers write
`gold` where the listed value is `Yellow gold`, and `designer` without meaning a collection; such habits repeat within a
leaf. A title that states one value is right more often than a title with two or a description, so each is counted
separately.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from proposals.ranking import Candidate

OWN_WEIGHT = 4.0
"""The prior counts as this many examples of the value."""
ATTRIBUTE_WEIGHT = 6.0
"""The prior counts as this many examples of the attribute's other values."""


@dataclass(frozen=True, slots=True)
class Statement:
    """The value that the texts of a product state, and how."""

    value: str
    """ID of the value stated most clearly."""
    manner: str
    """`title`, or `text` for a description; with `+` if another value is stated as well."""

    def __str__(self) -> str:
        return f"{self.manner}={self.value}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        manner, divider, value = text.partition("=")
        return cls(value, manner) if divider and manner.rstrip("+") in ("title", "text") and value else None


Statements = Mapping[Statement, Mapping[str, int]]
"""Statement -> right value -> examples."""


def statement_of(candidates: Sequence[Candidate], ids: Sequence[str]) -> Statement | None:
    """Returns the statement of the texts, or None; `ids` are the ids of the values."""
    read = [each for each in candidates if each.is_read]
    if not read:
        return None
    manner = "text" if read[0].sources == ("description",) else "title"
    return Statement(ids[read[0].value], manner + "+" * (len(read) > 1))


def believed(chances: Mapping[str, float], stated: Statement, statements: Statements) -> dict[str, float]:
    """Updates `chances` (value -> chance, with sum 1) by what `statements` show about such a statement."""
    total = agreed = 0
    for each, right in statements.items():
        if each.manner == stated.manner:
            total += sum(right.values())
            agreed += right.get(each.value, 0)
    own = chances.get(stated.value, 0.0)
    general = (agreed + ATTRIBUTE_WEIGHT * own) / (total + ATTRIBUTE_WEIGHT)
    rest = (1.0 - general) / (1.0 - own) if own < 1.0 else 0.0
    expected = {value: general if value == stated.value else chance * rest for value, chance in chances.items()}
    right = statements.get(stated, {})
    weight = sum(right.values()) + OWN_WEIGHT
    return {value: (right.get(value, 0) + OWN_WEIGHT * chance) / weight for value, chance in expected.items()}
