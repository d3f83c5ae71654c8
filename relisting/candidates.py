"""Leaves a person can choose from: the best supported first, each with its full path and why it is here. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from model.outcome import AllowedValue
from relisting.names import spellings
from relisting.tree import CategoryTree

MOST_CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    category_id: str
    why: str


def ranked(candidates: Iterable[Candidate], product: Mapping[str, Any], tree: CategoryTree) -> tuple[AllowedValue, ...]:
    """By the number of sources that name it, then by how much of its name the title has, then as they came."""
    whys: dict[str, list[str]] = {}
    for candidate in candidates:
        if not tree.problem_with(candidate.category_id):
            reasons = whys.setdefault(candidate.category_id, [])
            if candidate.why not in reasons:
                reasons.append(candidate.why)
    title = _words(str(product.get("title") or ""))

    def rank(category_id: str) -> tuple[int, float]:
        name = _words(tree.path(category_id)[-1].name)
        return -len(whys[category_id]), -len(name & title) / max(len(name), 1)

    return tuple(
        AllowedValue(category_id, f"{tree.path_text(category_id)} ({'; '.join(whys[category_id])})")
        for category_id in sorted(whys, key=rank)[:MOST_CANDIDATES]
    )


def _words(text: str) -> set[str]:
    return {spellings(word)[2] for word in re.findall(r"\w+", text)}
