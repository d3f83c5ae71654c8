"""Lends the bound of an attribute to leaves with few tests, if hardly any leaf with tests is bad. Pure.

A *bad* leaf has an error rate of at least `OF_ATTRIBUTE` times the risk. The tests of all leaves bound the share of bad
ones: a leaf with enough tests raises suspicion unless they show that it is not bad, a smaller one if it has any error.
A small leaf may borrow if a bad leaf that passes its own tests is rarer than 1 in 20. This assumes that small leaves
are not worse than others by their kind, so a leaf always needs some own tests, and people's checks in all
leaves can stop it.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

from proposals.risk import (
    CONFIDENCE,
    OF_ATTRIBUTE,
    STRICTER,
    Certificate,
    NotCertifiable,
    Tally,
    Verdict,
    bucket,
    certified,
    needed_tests,
    upper_bound,
)

SURE = 0.95
"""Score from which tests count here and values may be filled in."""
OWN = 15.0
"""Multiple of the risk that a small leaf's own tests must exclude, whatever the others show: 19 tests at 1 %."""


@dataclass(slots=True)
class LeafErrors:
    """The tests of one group of proposals, leaf by leaf, with scores from `SURE` on."""

    leaves: Counter[tuple[int, int]] = field(default_factory=Counter)
    """(tests, errors) -> number of leaves."""

    def share_of_bad(self, bad: float, confidence: float = CONFIDENCE) -> float:
        """Upper bound of the share of leaves with an error rate of `bad` or more."""
        suspected, detected = 0, 0.0
        for (tests, wrong), number in self.leaves.items():
            if (1 - bad) ** tests <= 1 - confidence:
                suspected += number * (upper_bound(tests, wrong, confidence) > bad)
                detected += number * confidence
            else:
                suspected += number * (wrong > 0)
                detected += number * (1 - (1 - bad) ** tests)
        return min(1.0, most_expected(suspected, confidence) / detected) if detected else 1.0


def lent(own: Tally, attribute: Tally, leaves: LeafErrors, risk: float, confidence: float = CONFIDENCE) -> Verdict:
    """The verdict for a leaf with tests `own`; `attribute` are those of the same proposals in all leaves."""
    borrowed = certified(attribute, risk * STRICTER, confidence)
    if not isinstance(borrowed, Certificate):
        return borrowed
    place = max(borrowed.threshold, bucket(SURE))
    tests, wrong = own.above(place)
    bad = min(0.5, OF_ATTRIBUTE * risk)
    share = leaves.share_of_bad(bad, confidence)
    needed = needed_tests(min(0.5, OWN * risk), 0, confidence)
    if share > 1 - confidence:
        needed = max(needed, needed_tests(bad, 0, 1 - (1 - confidence) / share))
    if wrong or tests < needed:
        return NotCertifiable(max(1, needed - tests))
    all_tests, all_wrong = attribute.above(place)
    return Certificate(place, upper_bound(all_tests, all_wrong, confidence), all_tests)


@lru_cache(maxsize=4096)
def most_expected(seen: int, confidence: float = CONFIDENCE) -> float:
    """Upper bound of the mean of a Poisson variable that was `seen`; for 0, 3.0."""
    low, high = float(seen), 10.0 + 2.0 * seen + 5.0 * math.sqrt(seen)
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(seen, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def _at_most(seen: int, mean: float) -> float:
    """P(X <= seen) for a Poisson variable, by logarithms so that a large mean does not underflow."""
    logs = [count * math.log(mean) - mean - math.lgamma(count + 1) for count in range(seen + 1)] if mean > 0 else [0.0]
    top = max(logs)
    return math.exp(top) * math.fsum(math.exp(log - top) for log in logs)
