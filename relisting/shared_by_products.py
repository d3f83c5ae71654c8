"""Keeps what is derived from the catalogue's data, which all products of a leaf share. Pure.

The cache finds a tuple by its identity, because hashing a leaf's attributes takes as long as deriving from them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")
MAX_KEPT = 2_000
"""Maximum number of results that one function keeps."""


def shared_by_products(derive: Callable[[tuple[T, ...]], R]) -> Callable[[tuple[T, ...]], R]:
    """A decorator for a function of one immutable tuple. Its result is shared, so it must not be changed."""
    kept: OrderedDict[int, tuple[tuple[Any, ...], R]] = OrderedDict()

    def shared(things: tuple[T, ...]) -> R:
        # A kept tuple stays alive, so no other object can have its identity.
        found = kept.get(id(things))
        if found is None:
            found = kept[id(things)] = things, derive(things)
            if len(kept) > MAX_KEPT:
                kept.popitem(last=False)
        return found[1]

    return shared
