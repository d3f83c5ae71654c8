"""Splits category names into comparable words, in any script. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from relisting.names import spellings

CONNECTIVES = frozenset(
    {"and", "or", "of", "for", "the", "with", "in", "a", "und", "oder", "für", "mit", "der", "die", "das", "et", "ou"}
    | {"de", "du", "des", "la", "le", "les", "pour", "y", "o", "e", "con", "para", "el", "los", "las", "del", "da"}
    | {"do", "dos", "das", "em", "com", "di", "per", "il", "gli", "dan", "untuk", "và", "cho", "của"}
)
"""Words that carry no meaning alone, in English, German, French, Spanish, Portuguese, Italian, Indonesian, Malay and
Vietnamese. Japanese and Thai are compared by parts of words, so particles weigh little."""
_JOINED = re.compile("([\u0e00-\u0e7f]+)|([\u3040-\u30ff\u3400-\u9fff]+)")
_WORD = re.compile(r"[\w\u0300-\u036f\u0e31-\u0e4e'’]+")
THAI_PART, JAPANESE_PART = 3, 2
"""Length of the overlapping parts that stand for words in scripts without spaces."""
SHORT_PART = 3


@lru_cache(maxsize=200_000)
def words_of(name: str) -> tuple[str, ...]:
    """The distinct words of a name in order, without case, accents, English plurals and connectives."""
    found: dict[str, None] = {}
    for raw in _WORD.findall(name.replace("'s", "").replace("’s", "")):
        if raw.casefold() in CONNECTIVES:
            continue
        for word in _parts(spellings(raw)[2]):
            found[word] = None
    return tuple(found)


def _parts(word: str) -> list[str]:
    parts: list[str] = []
    place = 0
    for run in _JOINED.finditer(word):
        parts += [word[place : run.start()]]
        size = THAI_PART if run[1] else JAPANESE_PART
        text = run[0]
        parts += [text[at : at + size] for at in range(max(len(text) - size + 1, 1))]
        place = run.end()
    return [part for part in (*parts, word[place:]) if part]


@lru_cache(maxsize=200_000)
def letter_groups(word: str) -> frozenset[str]:
    """The overlapping groups of three letters of a word, with marks for its start and end."""
    marked = f"^{word}$"
    return frozenset(marked[at : at + SHORT_PART] for at in range(max(len(marked) - SHORT_PART + 1, 1)))
