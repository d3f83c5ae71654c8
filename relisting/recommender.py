"""Decides how far to trust the platform's recommendations in a market, from products whose leaf is known. Pure.

A product that keeps its leaf is a test: the recommender, which knows only title, description and images, names its leaf
or another one. Tests are counted separately for titles that support the recommended leaf and titles that are
inconclusive, because the first kind is wrong much less often.

A recommendation that the title contradicts is never followed. One that it supports is followed until tests show that
more than `WRONG_SHARE` of such moves are wrong. One with an inconclusive title is followed once tests prove, with 95 %
confidence, that at most `WRONG_SHARE` are wrong: 598 tests without an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from relisting.second_opinion import Opinion

WRONG_SHARE = 0.005
NEEDED = 598
"""Number of tests without an error that proves `WRONG_SHARE` with 95 % confidence."""
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Agreement:
    right: int = 0
    wrong: int = 0

    @property
    def total(self) -> int:
        return self.right + self.wrong


@dataclass(frozen=True, slots=True)
class Recommender:
    """Measurements of the recommender in one market."""

    tests: Mapping[Opinion, Agreement] = field(default_factory=dict)

    def is_followed(self, opinion: Opinion) -> bool:
        tests = self.tests.get(opinion, Agreement())
        if opinion == "for":
            return not is_refuted(tests)
        return opinion == "silent" and is_proven(tests)

    def why_not(self, opinion: Opinion) -> str:
        """A clause for the question to a person."""
        if opinion == "against":
            return "the title suggests a different category than the platform's recommendation"
        return "the platform's recommendation is not proven to be right in this market"


def is_proven(tests: Agreement) -> bool:
    """Whether at most `WRONG_SHARE` are wrong, with 95 % confidence."""
    return tests.total >= NEEDED and _at_most(tests.wrong, tests.total, WRONG_SHARE) <= 1 - CONFIDENCE


def further_tests(tests: Agreement) -> int:
    """Number of further tests that would prove `WRONG_SHARE` if none of them is wrong."""
    low, high = tests.total, max(2 * tests.total, NEEDED)
    while not is_proven(Agreement(high - tests.wrong, tests.wrong)):
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        if is_proven(Agreement(middle - tests.wrong, tests.wrong)):
            high = middle
        else:
            low = middle + 1
    return low - tests.total


def is_refuted(tests: Agreement) -> bool:
    """Whether this many errors have a chance below 5 % if the share of errors were `WRONG_SHARE`."""
    return tests.wrong > 0 and 1 - _at_most(tests.wrong - 1, tests.total, WRONG_SHARE) < 1 - CONFIDENCE


def _at_most(wrong: int, total: int, chance: float) -> float:
    """P(X <= wrong) for a binomial variable."""
    term = sum_ = (1 - chance) ** total
    for count in range(1, wrong + 1):
        term *= (total - count + 1) / count * chance / (1 - chance)
        sum_ += term
    return min(1.0, sum_)
