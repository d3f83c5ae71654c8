"""Things named after a colour or a substance that they do not have (things.tsv): food, and care products. Pure.

`Green tea` and `té verde` name a kind of tea, and `leather polish` is used on leather. The word for the thing follows
its attribute in English, German and Japanese, and precedes it in the other languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from proposals.cues import ByLanguage
from proposals.lexicon import LANGUAGES

FILE = Path(__file__).parent / "things.tsv"
NOUN_LAST = frozenset({"en", "de", "ja"})
"""Languages in which the word for the thing comes last."""


@cache
def things_after(kind: str) -> ByLanguage:
    """Words for things of this kind that follow their attribute; `kind` is `food` or `care`."""
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


@cache
def _words(kind: str) -> Mapping[str, frozenset[str]]:
    rows = [line.split("\t") for line in FILE.read_text(encoding="utf-8").splitlines()]
    cells = [row[1:] for row in rows if row[0] == kind]
    return {
        language: frozenset(word for row in cells for word in row[at].split("|") if word)
        for at, language in enumerate(LANGUAGES)
    }
