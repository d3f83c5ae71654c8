"""Translates category names into comparable English words, for trees available only in another language. Pure.

`category_words.tsv` names common things of shops in the languages of the markets. Other words stay as they are, because
many names are alike in several languages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import takewhile
from pathlib import Path

from proposals.words import RUN, is_word, stem, text_of

FILE = Path(__file__).parent / "category_words.tsv"
LANGUAGES = ("en", "id", "ms", "vi", "th", "es", "pt", "ja", "de", "fr", "it")
LONGEST_PHRASE = 4
"""Number of words of the longest entry."""
SHORTEST_PART = 4
"""Minimum length of a part of a German compound, in letters."""
MIN_SHARED = 0.5
"""Smallest share of a word that its table entry must cover, because short stems collide."""
Entries = dict[tuple[str, ...], list[tuple[tuple[str, ...], str]]]
"""Stems of a name -> its words and the English word for it; several if they have several meanings."""


def languages_of(names: Iterable[str]) -> tuple[str, ...]:
    """The languages that recognise the most words of the names; several if tied, none if no word is known."""
    counts: dict[str, int] = defaultdict(int)
    for name in names:
        for language in LANGUAGES:
            counts[language] += sum(size for size, found in _parts(name, language) if found)
    most = max(counts.values(), default=0)
    return tuple(language for language in LANGUAGES if most and counts[language] == most)


def in_english(name: str, languages: Sequence[str]) -> str:
    """The English words for a name in one of `languages`; a word that is not known stays as it is."""
    words: dict[str, None] = {}
    for language in languages or ("en",):
        for _, found in _parts(name, language):
            words.update(dict.fromkeys(found))
    if "vi" in languages:  # Without its accents, a Vietnamese word is often an English one: cắt, to cut.
        return " ".join(words) or name
    return " ".join([*words, *(word for word in text_of(name).words if is_word(word) and word not in words)])


def _parts(name: str, language: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The size and English words of each part of the name, in order; no English words for an unknown part."""
    words = [word for word in text_of(name).words if is_word(word)]
    at = 0
    while at < len(words):
        if RUN.match(words[at]):
            yield from _in_run(words[at], language)
            at += 1
            continue
        found: tuple[str, ...] = ()
        size = min(LONGEST_PHRASE, len(words) - at)
        while size and not (found := _meanings(tuple(words[at : at + size]), language)):
            size -= 1
        if not found and language == "de":
            found = _compound(words[at])
        yield max(size, 1), found
        at += max(size, 1)


def _meanings(words: tuple[str, ...], language: str) -> tuple[str, ...]:
    """The English words for these words in any form, taken from the most similar form."""
    best, found = 0.0, dict[str, None]()
    for entry, english in _entries(language).get(tuple(stem(word, language) for word in words), ()):
        shared = min(_shared(word, known) for word, known in zip(words, entry, strict=True))
        if shared > best:
            best, found = shared, {}
        if shared == best >= MIN_SHARED:
            found[english] = None
    return tuple(found)


def _shared(word: str, other: str) -> float:
    """Length of the common prefix as a share of the longer word."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(word, other, strict=False))
    return sum(1 for _ in same) / max(len(word), len(other))


def _in_run(run: str, language: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The longest entries in text without spaces."""
    longest = _longest_run(language)
    at = 0
    while at < len(run):
        size = min(longest, len(run) - at)
        while size and not (found := _meanings((run[at : at + size],), language)):
            size -= 1
        if size:
            yield 1, found
        at += size or 1


def _compound(word: str) -> tuple[str, ...]:
    """The parts of a German compound such as Kinderschuhe, if both are known."""
    for size in range(len(word) - SHORTEST_PART, SHORTEST_PART - 2, -1):
        tail = _meanings((word[size:],), "de")
        for head in (word[:size], word[:size].removesuffix("s"), word[:size].removesuffix("n"), f"{word[:size]}e"):
            if tail and (found := _meanings((head,), "de") or _compound(head)):
                return (*found, *tail)
    return ()


@cache
def _entries(language: str) -> Entries:
    found: Entries = defaultdict(list)
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        cells = line.split("\t")
        english = cells[0].split("|")
        names = cells[LANGUAGES.index(language)].split("|")
        for at, name in enumerate(names):
            words = tuple(word for word in text_of(name).words if is_word(word))
            key = tuple(stem(word, language) for word in words)
            found[key].append((words, english[0]))
            if at and len(names) == len(english):  # Such cells list the same things in the same order.
                found[key].append((words, english[at]))
    return found


@cache
def _longest_run(language: str) -> int:
    return max((len(key[0]) for key in _entries(language) if len(key) == 1), default=0)
