"""Ranks the categories of a tree by their similarity to a path of another tree. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from math import sqrt

from mapping_studio.audiences import Audience, audience_of, fit, is_person
from mapping_studio.translation import in_english, languages_of
from mapping_studio.vocabulary import Vocabulary
from mapping_studio.words import words_of
from relisting.tree import CategoryTree

STEP_WEIGHTS = (1.0, 0.5, 0.35)
"""Weights of the last step, its parent, and every step above."""
NAME_SHARE = 0.3
"""Share of the last step's similarity in the score; the rest is the similarity of the whole paths."""
BELOW = 0.98
"""Share of a category's score that the leaves below it inherit."""
EXAMPLES_SHARE = 0.5
ABOVE_SHARE = 0.4
"""Share of the categories above in the score of a translated path, whose last step often has no known translation."""
MAX_ABOVE = 10
MAX_SAMPLED = 300
"""Number of names from which the language of a tree is recognised."""


@dataclass(frozen=True, slots=True)
class Similarity:
    category_id: str
    score: float
    """From 0 to 1."""


@dataclass(frozen=True, slots=True)
class Ranked:
    leaves: tuple[Similarity, ...]
    """Best first."""
    inner: tuple[Similarity, ...]
    """Categories with subcategories, best first; on the same scale."""
    own_scores: Mapping[str, float]
    """Leaf id -> the score without the part inherited from the categories above it."""


class PathIndex:
    def __init__(self, tree: CategoryTree) -> None:
        self.tree = tree
        self._ids = tree.ids()
        self._vocabulary = Vocabulary(tree.path(each)[-1].name for each in self._ids)
        self._vectors = {each: _weighted([step.name for step in tree.path(each)]) for each in self._ids}
        self._audiences: list[Audience] = []
        """The distinct audiences, which are few."""
        self._audience: dict[str, int] = {}
        """Category -> its audience, by position."""
        known: dict[Audience, int] = {}
        for each in self._ids:
            audience = audience_of([step.name for step in tree.path(each)])
            self._audience[each] = known.setdefault(audience, len(known))
        self._audiences += known
        self._lengths = {each: self._length(vector) for each, vector in self._vectors.items()}
        self._with_word: dict[str, list[str]] = defaultdict(list)
        for each, vector in self._vectors.items():
            for word in vector:
                self._with_word[word].append(each)
        self._similarity_of_names = cache(self._compare_names)

    def known_share(self, steps: Sequence[str]) -> float:
        """Share of the path's words that the tree contains, exactly or nearly; from 0 to 1."""
        words = [word for step in steps for word in words_of(step)]
        return sum(bool(self._vocabulary.similar_words(word)) for word in words) / len(words) if words else 0.0

    def contains_all(self, steps: Sequence[str]) -> bool:
        """Whether the tree contains all words of the path unchanged."""
        return all(word in self._vocabulary for step in steps for word in words_of(step))

    def rank(self, steps: Sequence[str], examples: Sequence[str] = (), most: int = 50) -> Ranked:
        """The most similar leaves and inner categories. `examples` are titles of products in the path's category."""
        scores = self._scores(steps)
        for each, share in self._by_examples(examples).items():
            score = scores.get(each, 0.0)
            scores[each] = score + EXAMPLES_SHARE * (1 - score) * share
        audience, of = audience_of(steps), self._audience
        shares = [fit(audience, each) for each in self._audiences]
        scores = {each: score * shares[of[each]] for each, score in scores.items()}
        own = {each: score for each, score in scores.items() if self.tree.is_leaf(each)}
        inner = {each: score for each, score in scores.items() if each not in own}
        leaves = dict(own)
        best_inner = _best(inner, most)
        for parent in best_inner:
            under = self.tree.leaves_under(parent.category_id)
            inherited_score = BELOW * parent.score / shares[of[parent.category_id]]
            for leaf in under:
                inherited = shares[of[leaf]] * inherited_score + (1 - BELOW) * own.get(leaf, 0.0)
                leaves[leaf] = max(leaves.get(leaf, 0.0), inherited)
        return Ranked(_best(leaves, most), best_inner, own)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The language of the tree; none if it is not recognised, several if they are equally likely."""
        sample = self._ids[:: max(len(self._ids) // MAX_SAMPLED, 1)]
        return languages_of(self.tree.path(each)[-1].name for each in sample)

    @cached_property
    def in_english(self) -> PathIndex:
        """The index of the same tree with translated names."""
        nodes = [self.tree.path(each)[-1] for each in self._ids]
        names = {name: in_english(name, self.languages) for name in {node.name for node in nodes}}
        return PathIndex(CategoryTree(replace(node, name=names[node.name]) for node in nodes))

    def rank_translated(
        self, steps: Sequence[str], examples: Sequence[str] = (), most: int = 50
    ) -> tuple[Similarity, ...]:
        """The most similar leaves for a translated path; this index must be translated too."""
        ranked = self.rank(steps, examples, most)
        above = self._scores(steps[:-1]) if len(steps) > 1 else {}
        if not above:
            return ranked.leaves
        parents = _best({each: score for each, score in above.items() if not self.tree.is_leaf(each)}, MAX_ABOVE)
        leaves = {leaf for parent in parents for leaf in self.tree.leaves_under(parent.category_id)}
        scores = {}
        for leaf in leaves.union(ranked.own_scores):
            highest = max((above.get(each.id, 0.0) for each in self.tree.path(leaf)[:-1]), default=0.0)
            scores[leaf] = (1 - ABOVE_SHARE) * ranked.own_scores.get(leaf, 0.0) + ABOVE_SHARE * highest
        return _best(scores, most)

    def rank_examples(self, titles: Sequence[str], most: int = 50) -> tuple[Similarity, ...]:
        """Leaves by the share of their names' words that occur in the titles."""
        return _best(self._by_examples(titles), most)

    def similarity_of_names(self, one: str, other: str) -> float:
        """From 0 to 1; 1 for the same words in any order."""
        return self._similarity_of_names(one, other)

    def _scores(self, steps: Sequence[str]) -> dict[str, float]:
        path = _weighted(steps)
        length = self._length(path)
        shared: dict[str, dict[str, float]] = defaultdict(dict)
        for word, weight in path.items():
            for known, similarity in self._vocabulary.similar_words(word).items():
                strength = similarity * weight * self._vocabulary.weight(known) ** 2
                for each in self._with_word[known]:
                    value = strength * self._vectors[each][known]
                    if value > shared[each].get(word, 0.0):
                        shared[each][word] = value
        scores = {}
        for each, values in shared.items():
            paths = min(sum(values.values()) / (length * self._lengths[each] or 1.0), 1.0)
            names = self._similarity_of_names(steps[-1], self.tree.path(each)[-1].name)
            scores[each] = (1 - NAME_SHARE) * paths + NAME_SHARE * names
        return scores

    def _by_examples(self, titles: Iterable[str]) -> dict[str, float]:
        """Leaf ID -> the mean share of its name's words that occur in the titles."""
        shares: dict[str, float] = defaultdict(float)
        count = 0
        for title in titles:
            count += 1
            said = {
                known: each for word in words_of(title) for known, each in self._vocabulary.similar_words(word).items()
            }
            candidates = {each for word in said for each in self._with_word[word] if self.tree.is_leaf(each)}
            for each in candidates:
                named = words_of(self.tree.path(each)[-1].name)
                name = [word for word in named if not is_person(word)] or named
                whole = sum(self._vocabulary.weight(word) for word in name)
                found = sum(said.get(word, 0.0) * self._vocabulary.weight(word) for word in name)
                shares[each] += found / whole if whole else 0.0
        return {each: share / count for each, share in shares.items()}

    def _compare_names(self, one: str, other: str) -> float:
        first, second = words_of(one), words_of(other)
        whole = sum(self._vocabulary.weight(word) for word in (*first, *second))
        shared = 0.0
        for word in first:
            alike = self._vocabulary.similar_words(word)
            similarity, known = max(((alike.get(each, 0.0), each) for each in second), default=(0.0, ""))
            if similarity:
                shared += similarity * (self._vocabulary.weight(word) + self._vocabulary.weight(known))
        return min(shared / whole, 1.0) if whole else 0.0

    def _length(self, vector: Mapping[str, float]) -> float:
        return sqrt(sum((weight * self._vocabulary.weight(word)) ** 2 for word, weight in vector.items()))


def _weighted(steps: Sequence[str]) -> dict[str, float]:
    """Word -> the weight of the deepest step that contains it."""
    vector: dict[str, float] = {}
    for place, step in enumerate(reversed(steps)):
        weight = STEP_WEIGHTS[min(place, len(STEP_WEIGHTS) - 1)]
        for word in words_of(step):
            vector.setdefault(word, weight)
    return vector


def _best(scores: Mapping[str, float], most: int) -> tuple[Similarity, ...]:
    ranked = sorted(scores.items(), key=lambda each: (-each[1], each[0]))[:most]
    return tuple(Similarity(category_id, score) for category_id, score in ranked)
