"""Learns the values of an attribute from products of the same leaf whose values are known. Pure.

Two simple models vote: the words that go with each value (naive Bayes), and the most similar products. Both learn one
product at a time, need no library, and stay useful with a handful of examples.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
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
NEIGHBOUR_WEIGHT = 0.6
DOUBT = 1.0
"""How fast trust moves from the plain share of each value to the models as examples arrive."""
BAYES_TEMPER = 0.25
"""Words of a title are correlated, so their plain product would be far too certain."""


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

    def learn(self, features: Iterable[str], value: str, stated: Statement | None = None) -> None:
        """`stated` is the statement of the product's texts, if known."""
        if stated is not None:
            right = self.statements.setdefault(stated, {})
            right[value] = right.get(value, 0) + 1
        example = Example(frozenset(features), value)
        number = len(self.examples)
        self.examples.append(example)
        self.counts[value] = self.counts.get(value, 0) + 1
        for feature in example.features:
            by_value = self.features.setdefault(feature, {})
            by_value[value] = by_value.get(value, 0) + 1
            self.places.setdefault(feature, []).append(number)

    def distribution(self, features: Sequence[str], values: Sequence[str], *, without: int = -1) -> dict[str, float]:
        """The chance of each of `values`; `without` leaves out one example, to judge the model by its own examples."""
        own = self.examples[without] if without >= 0 else None
        total = len(self.examples) - (own is not None)
        if not values:
            return {}
        if total <= 0:
            return dict.fromkeys(values, 1.0 / len(values))
        counts = {value: float(self.counts.get(value, 0)) for value in values}
        if own is not None and own.value in counts:
            counts[own.value] -= 1.0
        prior = {
            value: (count + PRIOR_WEIGHT / len(values)) / (total + PRIOR_WEIGHT) for value, count in counts.items()
        }
        bayes = self._bayes(features, counts, prior, own)
        near, closeness = self._neighbours(features, without)
        weight = NEIGHBOUR_WEIGHT * closeness
        doubt = 1.0 / (1.0 + DOUBT * total**0.5)
        mixed = {value: (1 - weight) * bayes[value] + weight * near.get(value, 0.0) for value in values}
        scale = sum(mixed.values()) or 1.0
        return {value: (1 - doubt) * chance / scale + doubt * prior[value] for value, chance in mixed.items()}

    def _bayes(
        self, features: Sequence[str], counts: Mapping[str, float], prior: Mapping[str, float], own: Example | None
    ) -> dict[str, float]:
        total = sum(counts.values()) or 1.0
        known = {value: count for value, count in counts.items() if count > 0}
        unseen = {value: math.log(SMOOTHING / (count + SMOOTHING)) for value, count in known.items()}
        logs, used = {value: math.log(chance) for value, chance in prior.items()}, 0
        for feature in features:
            by_value = self.features.get(feature)
            if by_value is None:
                continue
            is_own = own is not None and feature in own.features
            seen = len(self.places[feature]) - is_own
            if seen <= 0:
                continue
            used += 1
            background = SMOOTHING * seen / total
            for value, times in by_value.items():
                with_value = times - (is_own and own is not None and own.value == value)
                if value in unseen and with_value > 0:
                    # The factor relative to a value never seen with this feature, from which all start.
                    logs[value] += BAYES_TEMPER * math.log1p(with_value / background)
        for value, log in unseen.items():
            logs[value] += BAYES_TEMPER * used * log
        top = max(logs.values())
        powers = {value: math.exp(log - top) for value, log in logs.items()}
        scale = sum(powers.values())
        return {value: power / scale for value, power in powers.items()}

    def _neighbours(self, features: Sequence[str], without: int) -> tuple[dict[str, float], float]:
        """The votes of the most similar examples, and how similar the best one is, from 0 to 1."""
        similar: defaultdict[int, float] = defaultdict(float)
        total, norm = len(self.examples), 0.0
        commonest = max(MIN_COMMON, int(total * COMMON_SHARE))
        for feature in features:
            places = self.places.get(feature, ())
            weight = math.log(1 + total / (len(places) or 0.5))
            norm += weight
            if len(places) > commonest:
                continue  # A word that most products share says nothing about their similarity and costs most.
            for number in places:
                similar[number] += weight
        similar.pop(without, None)
        if not similar or not norm:
            return {}, 0.0
        best = heapq.nlargest(NEIGHBOURS, zip(similar.values(), similar.keys(), strict=True))
        votes: dict[str, float] = {}
        for shared, number in best:
            size = max(len(self.examples[number].features), len(features), 1)
            similarity = min(1.0, shared / norm * min(1.0, 0.5 + 0.5 * len(features) / size))
            votes[self.examples[number].value] = votes.get(self.examples[number].value, 0.0) + similarity**CLOSEST
        scale = sum(votes.values()) or 1.0
        return {value: vote / scale for value, vote in votes.items()}, min(1.0, best[0][0] / norm)
