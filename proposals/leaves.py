"""Ranks the leaves to which a product of a split or vanished category may move. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WORDS, RECOMMENDED = 4.0, 2.0
"""Log odds of a leaf whose specific words all occur in the title, and of one that the platform recommends."""
MIN_CHANCE = 1e-3


@dataclass(frozen=True, slots=True)
class RankedLeaf:
    leaf: str
    score: float
    """Estimated chance of being right, from 0 to 1."""
    sources: tuple[str, ...]
    """`title`, `recommendation`, and `siblings` if other products suggest it."""


def ranked_leaves(
    chances: Mapping[str, float], shares: Mapping[str, float], recommended: Sequence[str]
) -> list[RankedLeaf]:
    """`chances` come from products whose leaf is known, for all leaves. Best first.

    `shares` are the shares of each leaf's specific words that occur in the title; `recommended` contains a leaf once
    per source.
    """
    floor, even = MIN_CHANCE / max(1, len(chances)), 1 / max(1, len(chances))
    logs = {
        leaf: math.log(max(chance, floor)) + WORDS * shares.get(leaf, 0.0) + RECOMMENDED * recommended.count(leaf)
        for leaf, chance in chances.items()
    }
    top = max(logs.values(), default=0.0)
    powers = {leaf: math.exp(log - top) for leaf, log in logs.items()}
    total = sum(powers.values()) or 1.0
    found = []
    for leaf in sorted(powers, key=lambda each: (-powers[each], each)):
        given = {
            "title": shares.get(leaf, 0.0) > 0,
            "recommendation": leaf in recommended,
            "siblings": chances[leaf] > even,
        }
        sources = [name for name, is_given in given.items() if is_given]
        found.append(RankedLeaf(leaf, powers[leaf] / total, tuple(sources)))
    return found
