"""Things named after a colour, a substance or a flavour that they do not have (things.tsv). Pure.

`Green tea` and `té verde` name a kind of tea (food), `leather polish` is used on leather (care), a `coffee mill` has no
flavour (utensil), `agua de rosas` no colour (essence), and `sensitive teeth` no skin (body, hair and skin). The word
for the thing follows its attribute in English, German and Japanese, and precedes it in the other languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from proposals.cues import ByLanguage, of_languages
from proposals.lexicon import LANGUAGES
from proposals.modifiers import CONTAINERS, JOINING
from proposals.words import Text, is_break

FILE = Path(__file__).parent / "things.tsv"
NOUN_LAST = frozenset({"en", "de", "ja"})
"""Languages in which the word for the thing comes last."""

PLURAL_S = frozenset({"en", "es", "pt", "fr"})
SHORTEST_PLURAL = 4
PARTS = {
    "care": ("clean",),
    "unmade": ("remedy", "cosmetic", "chemical", "condiment", "sauce", "seed", "grain"),
    "mixed": ("cosmetic", "chemical", "condiment", "sauce"),
    "grown": ("seed", "condiment", "sauce", "produce"),
    "planted": ("seed", "produce"),
    "eaten": ("remedy", "condiment", "sauce", "seed"),
    "eatable": ("food", "dish", "condiment", "sauce"),
    "shown": ("picture", "grain", "seed"),
}
"""Kinds that include other ones. Unmade things consist of no substance that has a shape, such as wood."""


@cache
def things_after(kind: str) -> ByLanguage:
    """Words for things of this kind, such as `food`, that follow their attribute."""
    return ByLanguage({language: each for language, each in _words(kind).items() if language in NOUN_LAST})


@cache
def things_before(kind: str) -> ByLanguage:
    """As `things_after`, for the languages in which the word precedes its attribute."""
    return ByLanguage({language: each for language, each in _words(kind).items() if language not in NOUN_LAST})


@cache
def texts_after(kind: str) -> tuple[str, ...]:
    """Beginnings of Japanese text after an attribute."""
    return tuple(sorted(_words(kind)["ja"]))


@cache
def texts_before(kind: str) -> tuple[str, ...]:
    """Endings of Thai text before an attribute."""
    return tuple(sorted(_words(kind)["th"]))


def is_named_after(text: Text, start: int, after: str, kind: str) -> bool:
    """Whether the words from `start` on belong to the name of such a thing: `red onion`, `jugo de naranja`."""
    if after and after in of_languages(things_after(kind), text.languages):
        return True
    at = _before(text, start)
    return at >= 0 and text.words[at] in of_languages(things_before(kind), text.languages)


def is_essence_of(text: Text, start: int, after: str, end: int) -> bool:
    """As `is_named_after`, for `agua de rosas` but not for `botella de agua rosa`."""
    words = text.words
    if after and after in of_languages(things_after("essence"), text.languages):
        return end + 1 >= len(words) or words[end + 1] not in CONTAINERS
    at = _before(text, start)
    if at < 0 or words[at] not in of_languages(things_before("essence"), text.languages):
        return False
    return at < start - 1 or at == 0 or is_break(words[at - 1])


def _before(text: Text, start: int) -> int:
    """The preceding word, across a hyphen or a word such as `de`; -1 if there is none."""
    is_joined = start > 1 and (text.words[start - 1] in JOINING or text.words[start - 1] == "-")
    return start - 2 if is_joined else start - 1


@cache
def _words(kind: str) -> Mapping[str, frozenset[str]]:
    exact = kind in ("utensil", "food")  # `Peanut butter cups` are food, and `olive` is a colour.
    cells = [row[1:] for row in _rows() if row[0] in (kind, *PARTS.get(kind, ()))]
    return {
        language: frozenset(
            form
            for row in cells
            for word in row[at].split("|")
            if word
            for form in _numbers(word, "" if exact else language)
        )
        for at, language in enumerate(LANGUAGES)
    }


@cache
def _rows() -> list[list[str]]:
    return [line.split("\t") for line in FILE.read_text(encoding="utf-8").splitlines()]


def _numbers(word: str, language: str) -> set[str]:
    """The word as singular and plural, where an `s` is the difference."""
    if language not in PLURAL_S:
        return {word}
    return {word, f"{word}s", word[:-1] if word.endswith("s") and len(word) > SHORTEST_PLURAL else word}
