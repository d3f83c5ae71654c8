"""The names of common values in the languages of the markets (lexicon.tsv). Pure.

A value such as `Cotton` is also found as `katun` or `algodón`. Short words of languages not spoken in the market are
left out, because they mean something else there: `or` is gold in French.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from proposals.cues import ByLanguage
from proposals.lexicon_stems import lexicon_stem
from proposals.words import RUN, Text, is_word, stem, words_of

FILE = Path(__file__).parent / "lexicon.tsv"
LANGUAGES = ("en", "id", "ms", "vi", "th", "es", "pt", "ja", "de", "fr", "it")
SHORTEST_FOREIGN = 5
"""Minimum length of a word in a language of another market, in letters."""


@dataclass(frozen=True, slots=True)
class Concept:
    kind: str
    """Such as `colour`, `material` or `gender`."""
    names: tuple[tuple[str, str], ...]
    """Pairs of language and name."""


def concepts_of(name: Text) -> tuple[Concept, ...]:
    """The concepts that a value's name denotes; `gold` is a colour and a metal."""
    return _concepts_of(name.words)


def foreign_names(concept: Concept, languages: Iterable[str]) -> list[str]:
    """Names of the concept in the market's languages, and unambiguous ones in all others."""
    spoken = {"en", *languages}
    return [
        name
        for language, name in concept.names
        if language in spoken or len(name) >= SHORTEST_FOREIGN or RUN.match(name)
    ]


@cache
def names_of_kind(kind: str) -> ByLanguage:
    """The names of one word of all concepts of a kind."""
    pairs = [pair for concept in concepts() if concept.kind == kind for pair in concept.names if " " not in pair[1]]
    return ByLanguage({code: frozenset(name for each, name in pairs if each == code) for code in LANGUAGES})


@lru_cache(maxsize=10_000)
def _concepts_of(words: tuple[str, ...]) -> tuple[Concept, ...]:
    return _by_name().get(_key(words), ())


@cache
def concepts() -> tuple[Concept, ...]:
    found = []
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        kind, *cells = line.split("\t")
        names = [(code, name) for code, cell in zip(LANGUAGES, cells, strict=True) for name in cell.split("|") if name]
        found.append(Concept(kind, tuple(dict.fromkeys(names))))
    return tuple(found)


@cache
def _by_name() -> dict[tuple[str, ...], tuple[Concept, ...]]:
    found: dict[tuple[str, ...], tuple[Concept, ...]] = {}
    for concept in concepts():
        for key in {_key(words_of(name), lexicon_stem) for _, name in concept.names}:
            found[key] = (*found.get(key, ()), concept)
    return found


def _key(words: Sequence[str], stem_of: Callable[[str], str] = stem) -> tuple[str, ...]:
    """Uses English stems in every market, so that one table serves all."""
    return tuple(stem_of(word) for word in words if is_word(word))
