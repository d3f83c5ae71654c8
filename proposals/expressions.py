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
    places = [at for at in range(max(0, start - REACH), min(len(text.words), start + REACH)) if text.words[at] != "-"]
    near, place = [stem(text.words[at]) for at in places], places.index(start)
    return any(
        near[place - at : place - at + len(stems)] == stems
        for neighbour in (near[max(0, place - 1) : place] + near[place + 1 : place + 2])
        for at, stems in known.get(neighbour, ())
        if at <= place
    )


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


@lru_cache(maxsize=256)
def _of_languages(languages: frozenset[str]) -> Mapping[str, Mapping[str, Sequence[tuple[int, list[str]]]]]:
    """Stem -> neighbour in an expression -> the stem's place in that expression, with all of its stems."""
    found: dict[str, dict[str, list[tuple[int, list[str]]]]] = {}
    for language in languages | {PARENTS[each] for each in languages if each in PARENTS}:
        for expression in _expressions().get(language, ()):
            stems = [stem(word) for word in expression.replace("'", " ").split()]
            for at, each in enumerate(stems):
                for neighbour in {*stems[max(0, at - 1) : at], *stems[at + 1 : at + 2]}:
                    found.setdefault(each, {}).setdefault(neighbour, []).append((at, stems))
    return found


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
