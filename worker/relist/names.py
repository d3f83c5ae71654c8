"""When two names are the same to a person: case, spaces, punctuation, accents, plural; in any script. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Generic, Protocol, TypeVar

KEPT_ENDINGS = ("ss", "us", "is")
"""Glass, cactus, basis: not plurals."""
ACCENTS = re.compile("[\u0300-\u036f]")
"""Of Latin, Greek and Cyrillic letters; the marks of other scripts make other words."""


class Named(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)


def normalised(name: str) -> str:
    """The same for spellings that differ in case, in an accent's encoding, in spaces or punctuation."""
    return spellings(name)[0]


@lru_cache(maxsize=65536)
def spellings(name: str) -> tuple[str, str, str]:
    """From strict to loose: without case and punctuation; without accents too; and with English words in singular."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).replace("&", " and ")
    words = "".join(letter if _is_of_a_word(letter) else " " for letter in plain).split()
    bare = [_without_accents(word) for word in words]
    return "".join(words), "".join(bare), "".join(_singular(word) for word in bare)


def _is_of_a_word(letter: str) -> bool:
    """Marks too: the vowels of Thai and Hindi are such, and accents no font has ready-made."""
    return letter.isalnum() or unicodedata.category(letter) in ("Mn", "Mc")


def _without_accents(word: str) -> str:
    return ACCENTS.sub("", unicodedata.normalize("NFKD", word))


def _singular(word: str) -> str:
    if len(word) < 4 or not word.isascii() or not word.isalpha() or word.endswith(KEPT_ENDINGS):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word.removesuffix("s")


class Names(Generic[T]):
    """Things by name: the strictest spelling that fits exactly one decides; a name that fits two is no evidence."""

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
