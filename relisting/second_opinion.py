"""Asks a product's title for a second opinion on a recommended leaf. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from relisting.names import spellings
from relisting.tree import CategoryTree

Opinion = Literal["for", "silent", "against"]
UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
"""Scripts without spaces between words."""
MIN_SHARE = 0.5
"""Share of the leaf's specific words that the title must contain."""


def opinion(product: Mapping[str, Any], leaf: str, rivals: Iterable[str], tree: CategoryTree) -> Opinion:
    """Whether the title's words fit `leaf` better than each of `rivals`, fit another one better, or are
    inconclusive.
    """
    found = shares(product, dict.fromkeys((leaf, *rivals)), tree)
    own = found.pop(leaf, 0.0)
    best_other = max(found.values(), default=0.0)
    if best_other > own:
        return "against"
    return "for" if own >= MIN_SHARE and own > best_other else "silent"


def shares(product: Mapping[str, Any], leaves: Iterable[str], tree: CategoryTree) -> dict[str, float]:
    """Leaf -> share of its specific words that occur in the title. Words common to all leaves do not count."""
    title = str(product.get("title") or "")
    words, joined = _words(title), spellings(title)[0]
    named = {each: _words(tree.path(each)[-1].name) for each in leaves if each in tree}
    common = set.intersection(*named.values()) if len(named) > 1 else set()
    return {each: _share(own - common or own, words, joined) for each, own in named.items()}


def _share(own: set[str], words: set[str], joined: str) -> float:
    found = sum(word in words or (UNSPACED.search(word) is not None and word in joined) for word in own)
    return found / len(own) if own else 0.0


def _words(text: str) -> set[str]:
    return {spellings(word)[2] for word in re.findall(r"\w+", text)} - {""}
