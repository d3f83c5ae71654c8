"""Compares names in any script, ignoring case, spaces, punctuation, accents and plurals. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Generic, Protocol, TypeVar

SINGULAR_ENDINGS = ("ss", "us", "is")
"""Endings of singular words such as glass, cactus and basis."""
ACCENTS = re.compile("[\u0300-\u036f]")
"""Combining marks of Latin, Greek and Cyrillic letters; in other scripts a mark makes a different word."""


class Named(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)


def normalised(name: str) -> str:
    """A form that is equal for spellings that differ only in case, accent encoding, spaces or punctuation."""
    return spellings(name)[0]


@lru_cache(maxsize=65536)
def spellings(name: str) -> tuple[str, str, str]:
    """Three forms, strict to loose: without case and punctuation, also without accents, also in English singular."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).replace("&", " and ")
    around = zip(" " + plain, plain, plain[1:] + " ", strict=False)
    words = "".join(here if _is_significant(before, here, after) else " " for before, here, after in around).split()
    bare = [each for word in words if (each := _without_accents(word))]  # A word may consist of accents only.
    return _joined(words), _joined(bare), _joined([_singular(word) for word in bare])


def _is_significant(before: str, here: str, after: str) -> bool:
    """Whether the character distinguishes names.

    Letters, digits, marks (vowels in Thai and Hindi) and some punctuation do: A and A+, 1.5 and 15, 5" and 5', -5 and
    5.
    """
    if here.isalnum() or here in "+#%<>" or unicodedata.category(here) in ("Mn", "Mc"):
        return True
    if before.isdigit():
        return here in "'\"′″" or (here in ".,/:-" and after.isdigit())
    return here == "-" and after.isdigit() and not before.isalnum()


def _joined(words: list[str]) -> str:
    """Joins words without spaces, except between two numbers."""
    text = ""
    for word in words:
        apart = (text[-1:].isdigit() and word[0].isdigit()) or word[0] == "-"
        text += f"_{word}" if text and apart else word
    return text


def _without_accents(word: str) -> str:
    return ACCENTS.sub("", unicodedata.normalize("NFKD", word))


def _singular(word: str) -> str:
    if len(word) < 4 or not word.isascii() or not word.isalpha() or word.endswith(SINGULAR_ENDINGS):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word.removesuffix("s")


class Names(Generic[T]):
    """Finds items by name. The strictest form with a match decides; an ambiguous name finds nothing."""

    def __init__(self, things: Iterable[T]) -> None:
        self._levels: tuple[dict[str, T | None], ...] = ({}, {}, {})
        for thing in things:
            for level, key in zip(self._levels, spellings(thing.name), strict=True):
                level[key] = None if key in level else thing

    def find(self, name: str) -> T | None:
        for level, key in zip(self._levels, spellings(name), strict=True):
            if key and key in level:
                return level[key]
        return None
