"""Finds and ranks v2 leaves from which a person may choose a product's new category. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model.outcome import AllowedValue, Reason
from relisting.names import spellings
from relisting.old_category import old_category, old_path
from relisting.resolution import Unresolved
from relisting.tree import CategoryTree

MAX_CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class LeafCandidate:
    category_id: str
    why: str


def undecided(
    product: Mapping[str, Any], tree: CategoryTree, message: str, candidates: Sequence[LeafCandidate]
) -> Unresolved:
    """The Unresolved result with ranked candidates. `message` is a clause without a capital and a full stop."""
    text = message[:1].upper() + message[1:] + "."
    allowed = ranked(candidates, product, tree)
    return Unresolved(Reason("category_undecided", text, "operator", field="category_id", allowed_values=allowed))


def ranked(
    candidates: Iterable[LeafCandidate], product: Mapping[str, Any], tree: CategoryTree
) -> tuple[AllowedValue, ...]:
    """Sorts by the number of sources, then by how much of the leaf's name is in the title, then by original order."""
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
        for category_id in sorted(whys, key=rank)[:MAX_CANDIDATES]
    )


def product_candidates(product: Mapping[str, Any], tree: CategoryTree) -> list[LeafCandidate]:
    """Leaves suggested by the product itself."""
    old_id, old_name = old_category(product)
    namesakes = same_path_categories(product, tree)
    below = [leaf for old in dict.fromkeys((old_id, *namesakes)) for leaf in tree.leaves_under(old)]
    return [
        *(LeafCandidate(leaf, "the product's own recommendation") for leaf in own_recommendations(product)),
        *(LeafCandidate(leaf, "has the old category's path") for leaf in namesakes),
        *(LeafCandidate(leaf, "lies under the old category") for leaf in below),
        *(LeafCandidate(leaf, "has the old category's name") for leaf in tree.leaves_named(old_name)),
    ]


def own_recommendations(product: Mapping[str, Any]) -> list[str]:
    """The ids in `recommended_categories` of Get Product."""
    given = product.get("recommended_categories") or ()
    return [str(each["id"]) for each in given if isinstance(each, Mapping) and each.get("id")]


def same_path_categories(product: Mapping[str, Any], tree: CategoryTree) -> list[str]:
    """v2 categories with the complete old path of names; a single name is not a path."""
    names = [name for _, name in old_path(product)]
    return tree.with_path(names) if len(names) > 1 and all(names) else []


def _words(text: str) -> set[str]:
    return {spellings(word)[2] for word in re.findall(r"\w+", text)}
