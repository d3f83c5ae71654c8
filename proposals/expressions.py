"""Fixed expressions whose words are not values, such as `green tea` and `Holzkohle` (expressions.tsv). Pure.

A listed value that contains all words of an expression still counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

from proposals.words import RUN, Text, stem

FILE = Path(__file__).parent / "expressions.tsv"
SHORTEST_COMPOUND = 6
"""Minimum length of a German compound, in letters."""
REACH = 6
"""Distance, in words and hyphens, within which the other words of an expression are looked for."""
PARENTS = {"ms": "id"}
"""Languages that use the expressions of another one."""


def is_in_expression(text: Text, start: int) -> bool:
    """Whether the word at `start` belongs to a fixed expression."""
    known = _of_languages(text.languages).get(stem(text.words[start]))
    if not known:
        return False
    words = [at for at in range(max(0, start - REACH), min(len(text.words), start + REACH)) if text.words[at] != "-"]
    near, place = [text.words[at] for at in words], words.index(start)
    return any(_is_at(near, place - at, stems) for at, stems in known)


def begins_with_expression(word: str) -> bool:
    """Whether a German compound is or begins with one of the listed compounds: `Holzkohlegrill`."""
    compounds = _compounds()
    return any(word[:size] in compounds for size in range(SHORTEST_COMPOUND, len(word) + 1))


def expression_around(run: str, start: int, end: int) -> bool:
    """Whether the letters `start` to `end` of text without spaces belong to a fixed expression."""
    for each in _runs().get(run[start], ()):
        place = run.find(each, max(0, end - len(each)), start + len(each))
        if 0 <= place <= start and end <= place + len(each) and end - start < len(each):
            return True
    return False


def _is_at(words: Sequence[str], first: int, stems: tuple[str, ...]) -> bool:
    """Whether the expression begins at `first`."""
    if first < 0:
        return False
    found = words[first : first + len(stems)]
    return len(found) == len(stems) and all(stem(word) == wanted for word, wanted in zip(found, stems, strict=True))


@lru_cache(maxsize=256)
def _of_languages(languages: frozenset[str]) -> Mapping[str, tuple[tuple[int, tuple[str, ...]], ...]]:
    """Stem -> its place in an expression, with the stems of that expression."""
    found: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
    for language in languages | {PARENTS[each] for each in languages if each in PARENTS}:
        for expression in _expressions().get(language, ()):
            stems = tuple(stem(word) for word in expression.replace("'", " ").split())
            if len(stems) > 1:
                for at, each in enumerate(stems):
                    found.setdefault(each, []).append((at, stems))
    return {key: tuple(value) for key, value in found.items()}


@cache
def _compounds() -> frozenset[str]:
    return frozenset(each for each in _expressions()["de"] if " " not in each)


@cache
def _runs() -> Mapping[str, tuple[str, ...]]:
    """Letter -> expressions in languages without spaces that contain it."""
    found: dict[str, list[str]] = {}
    for each in (*_expressions()["ja"], *_expressions()["th"]):
        for letter in set(each):
            if RUN.match(letter):
                found.setdefault(letter, []).append(each)
    return {letter: tuple(each) for letter, each in found.items()}


@cache
def _expressions() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            language, cell = line.split("\t")
            found[language] = (*found.get(language, ()), *cell.split("|"))
    return found
