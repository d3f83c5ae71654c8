"""The words of one passage, indexed once to search for the values of many attributes. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from proposals.quantities import NUMBER_WORDS, quantities
from proposals.words import RUN, Text, stem

SHORTEST_COMPOUND = 4


class Scan:
    """Positions are those of the passage's words."""

    __slots__ = ("compounds", "less", "pairs", "places", "quantities", "runs")

    def __init__(self, text: Text, languages: tuple[str, ...]) -> None:
        words, stems = text.words, text.stems
        self.places: dict[str, list[int]] = {}
        """Stem -> positions."""
        for at, each in enumerate(stems):
            self.places.setdefault(each, []).append(at)
        self.pairs: dict[str, list[tuple[int, int]]] = {}
        """Two neighbours as one word, as `base ball` -> position and end."""
        for key, at, end in _pairs(text):
            self.pairs.setdefault(key, []).append((at, end))
        language = languages[0] if languages else "en"
        self.less = [
            (at, stem(word[:-4], language)) for at, word in enumerate(words) if len(word) > 6 and word.endswith("less")
        ]
        """Position and stem of words such as `collarless`."""
        is_german = "de" in text.languages
        self.compounds = [at for at, word in enumerate(words) if is_german and len(word) > SHORTEST_COMPOUND + 2]
        self.runs = [at for at, word in enumerate(words) if RUN.match(word)]
        """Words of languages without spaces."""
        has_number = any(word[0].isdigit() for word in words) or not NUMBER_WORDS.keys().isdisjoint(words)
        self.quantities = quantities(words, decimal_comma=bool(languages)) if has_number else []


def _pairs(text: Text) -> Iterator[tuple[str, int, int]]:
    words, stems = text.words, text.stems
    for at in range(len(stems) - 1):
        if stems[at].isalpha():
            behind = at + 2 if stems[at + 1] == "-" and at + 2 < len(stems) else at + 1
            yield words[at] + stems[behind], at, behind + 1
