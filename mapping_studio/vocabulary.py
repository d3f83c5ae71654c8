"""The words of a tree: how specific each is, and which of them resemble a word of another tree. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from math import log

from mapping_studio.words import letter_groups, words_of

ALIKE = 0.62
"""Lowest similarity at which two words count as forms of one word."""
CONTAINED = 0.7
"""Similarity of a compound and its head, such as Herrenschuhe and Schuhe."""
SHORTEST_HEAD = 5
MAX_SIMILAR = 6


class Vocabulary:
    """`names` are the names of the tree's categories, each once per category."""

    def __init__(self, names: Iterable[str]) -> None:
        self._named: Counter[str] = Counter()
        self._with_group: dict[str, list[str]] = defaultdict(list)
        self._similar: dict[str, dict[str, float]] = {}
        self._categories = 0
        for name in names:
            self._categories += 1
            self._named.update(words_of(name))
        for word in self._named:
            for group in letter_groups(word):
                self._with_group[group].append(word)

    def __contains__(self, word: str) -> bool:
        return word in self._named

    def weight(self, word: str) -> float:
        """Inverse document frequency: words of few categories weigh more, unknown words most."""
        return log((self._categories + 1) / (self._named.get(word, 0) + 0.5))

    def similar_words(self, word: str) -> dict[str, float]:
        """Words of the tree that resemble this one, including itself -> similarity from 0 to 1."""
        found = self._similar.get(word)
        if found is None:
            found = self._similar[word] = self._search(word)
        return found

    def _search(self, word: str) -> dict[str, float]:
        groups = letter_groups(word)
        shared = Counter(other for group in groups for other in self._with_group.get(group, ()))
        similar: dict[str, float] = {}
        for other, count in shared.items():
            similarity = 2 * count / (len(groups) + len(letter_groups(other)))
            if _is_head(word, other):
                similarity = max(similarity, CONTAINED)
            if similarity >= ALIKE and other != word:
                similar[other] = 0.9 * similarity
        best = dict(sorted(similar.items(), key=lambda each: (-each[1], each[0]))[:MAX_SIMILAR])
        return {word: 1.0, **best} if word in self._named else best


def _is_head(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= SHORTEST_HEAD and (long.endswith(short) or long.startswith(short))
