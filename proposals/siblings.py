"""Learns the values of an attribute from products of the same leaf whose values are known. Pure.

Two simple models vote: the words that go with each value (naive Bayes), and the most similar products. Both learn one
product at a time, need no library, and stay useful with a handful of examples.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from proposals.reliability import Statement

NEIGHBOURS = 8
COMMON_SHARE, MIN_COMMON = 0.25, 20
"""A feature of more than this share and more than this number of examples does not make them neighbours."""
CLOSEST = 4.0
"""Exponent by which closer neighbours count more."""
PRIOR_WEIGHT = 2.0
"""Weight of the uniform prior over all listed values, in examples."""
SMOOTHING = 0.5
NEIGHBOUR_WEIGHT = 0.8
DOUBT = 1.0
"""How fast the models are trusted more than the plain share of each value, as examples come in."""
MIN_WEIGHT, MAX_WEIGHT = 0.1, 0.6
"""Weight of a feature that says nothing about the value, and of one that says much. Both are below 1, since words of a
title depend on each other and their product would be far too certain."""
HALF_GAIN = 4.0
"""Gain of a feature, in nats, that brings half of the weight in between."""
GAIN_PRIOR = 4.0
"""Examples that the shares of all values count as when a feature's examples are predicted by the others."""


@dataclass(frozen=True, slots=True)
class Example:
    """A product with a known value of an attribute."""

    features: frozenset[str]
    """Stems of the title, and the product's other values as `attribute=value`."""
    value: str
    """Id of the value."""


@dataclass(slots=True)
class ValueModel:
    """Learned values of one attribute of one leaf."""

    examples: list[Example] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    """Value -> examples."""
    features: dict[str, dict[str, int]] = field(default_factory=dict)
    """Feature -> value -> examples."""
    places: dict[str, list[int]] = field(default_factory=dict)
    """Feature -> numbers of the examples."""
    statements: dict[Statement, dict[str, int]] = field(default_factory=dict)
    """Statement of the texts -> right value -> examples."""

    _weights: dict[str, float] = field(default_factory=dict)
    """Weights computed since the last example."""

    def learn(self, features: Iterable[str], value: str, stated: Statement | None = None) -> None:
        """`stated` is the statement of the product's texts, if known."""
        if stated is not None:
            right = self.statements.setdefault(stated, {})
            right[value] = right.get(value, 0) + 1
        self._weights.clear()
        example = Example(frozenset(features), value)
        number = len(self.examples)
        self.examples.append(example)
        self.counts[value] = self.counts.get(value, 0) + 1
        for feature in example.features:
            by_value = self.features.setdefault(feature, {})
            by_value[value] = by_value.get(value, 0) + 1
            self.places.setdefault(feature, []).append(number)

    def distribution(self, features: Sequence[str], values: Sequence[str]) -> dict[str, float]:
        """The chance of each of `values`."""
        total = len(self.examples)
        if not values:
            return {}
        if total <= 0:
            return dict.fromkeys(values, 1.0 / len(values))
        counts = {value: self.counts.get(value, 0) for value in values}
        prior = {
            value: (count + PRIOR_WEIGHT / len(values)) / (total + PRIOR_WEIGHT) for value, count in counts.items()
        }
        bayes = self._bayes(features, counts, prior)
        near, closeness = self._neighbours(features)
        weight = NEIGHBOUR_WEIGHT * closeness
        doubt = 1.0 / (1.0 + DOUBT * total**0.5)
        mixed = {value: (1 - weight) * bayes[value] + weight * near.get(value, 0.0) for value in values}
        scale = sum(mixed.values()) or 1.0
        return {value: (1 - doubt) * chance / scale + doubt * prior[value] for value, chance in mixed.items()}

    def _bayes(
        self, features: Sequence[str], counts: Mapping[str, int], prior: Mapping[str, float]
    ) -> dict[str, float]:
        total = sum(counts.values()) or 1.0
        known = {value: count for value, count in counts.items() if count > 0}
        unseen = {value: math.log(SMOOTHING / (count + SMOOTHING)) for value, count in known.items()}
        logs, used = {value: math.log(chance) for value, chance in prior.items()}, 0.0
        for feature in features:
            by_value = self.features.get(feature)
            if by_value is None:
                continue
            weight = self._weight(feature)
            used += weight
            background = SMOOTHING * len(self.places[feature]) / total
            for value, times in by_value.items():
                if value in unseen:
                    # The factor relative to a value that was never seen with this feature, which all begin with.
                    logs[value] += weight * math.log1p(times / background)
        for value, log in unseen.items():
            logs[value] += used * log
        top = max(logs.values())
        powers = {value: math.exp(log - top) for value, log in logs.items()}
        scale = sum(powers.values())
        return {value: power / scale for value, power in powers.items()}

    def _weight(self, feature: str) -> float:
        weight = self._weights.get(feature)
        if weight is None:
            gain = self._gain(feature)
            strength = gain / (gain + HALF_GAIN) if gain > 0 else 0.0
            weight = self._weights[feature] = MIN_WEIGHT + (MAX_WEIGHT - MIN_WEIGHT) * strength
        return weight

    def _gain(self, feature: str) -> float:
        """Log likelihood that the feature adds to its own examples, each judged by the others."""
        by_value, n, total = self.features[feature], len(self.places[feature]), len(self.examples)
        gain = 0.0
        for value, times in by_value.items():
            share = self.counts[value] / total
            gain += times * math.log((times - 1 + GAIN_PRIOR * share) / (n - 1 + GAIN_PRIOR) / share)
        return gain

    def _neighbours(self, features: Sequence[str]) -> tuple[dict[str, float], float]:
        """The votes of the most similar examples, and how similar the best one is, from 0 to 1."""
        total, norm = len(self.examples), 0.0
        similar = [0.0] * total
        is_similar = False
        commonest = max(MIN_COMMON, int(total * COMMON_SHARE))
        for feature in features:
            places = self.places.get(feature, ())
            weight = math.log(1 + total / (len(places) or 0.5))
            norm += weight
            if len(places) > commonest:
                continue  # A word that most products share says nothing about their similarity and costs most.
            is_similar = is_similar or bool(places)
            for number in places:
                similar[number] += weight
        if not is_similar or not norm:
            return {}, 0.0
        least = sorted(similar, reverse=True)[:NEIGHBOURS][-1]  # Much faster than to sort pairs.
        best = [(shared, number) for number, shared in enumerate(similar) if shared and shared >= least]
        best.sort(reverse=True)
        del best[NEIGHBOURS:]
        votes: dict[str, float] = {}
        for shared, number in best:
            size = max(len(self.examples[number].features), len(features), 1)
            similarity = min(1.0, shared / norm * min(1.0, 0.5 + 0.5 * len(features) / size))
            votes[self.examples[number].value] = votes.get(self.examples[number].value, 0.0) + similarity**CLOSEST
        scale = sum(votes.values()) or 1.0
        return {value: vote / scale for value, vote in votes.items()}, min(1.0, best[0][0] / norm)
