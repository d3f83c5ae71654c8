"""Estimates how often proposals are wrong, and decides which may be filled in without asking. Pure.

Every product whose value is known is a test: the proposal it would have received is right or wrong. `Tally` counts
these tests by score. `certified` finds the lowest score above which at most `risk` of the values are wrong, by
fixed-sequence testing with exact binomial (Clopper-Pearson) bounds: thresholds are tested from the strictest on and the
first that fails ends the search, so that the choice of the threshold does not weaken the bound (Angelopoulos et al.,
"Learn then Test", 2021).

A bound holds for the group it was measured on: one attribute of one leaf in one market. A group with too few tests may
borrow those of larger groups only if it has itself a minimum of tests with hardly any errors (`decide`), because a
pooled bound hides a bad group.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b

CONFIDENCE = 0.95
BUCKETS = 40
"""Scores are counted in buckets of equal width in log odds."""
LOWEST, HIGHEST = 0.0, 8.0
"""Log odds of the lowest and the highest bucket."""
OF_ATTRIBUTE, OF_ALL = 5.0, 3.0
"""Multiples of the risk. A group may borrow from the same attribute of other leaves if the upper bound of its tests
above the threshold is below the first, and from all attributes if it is below the second: 59 and 99 tests without an
error at 1 %. A group with 5 % (3 %) errors passes with a chance of 5 %."""
STRICTER = 0.5
"""Share of the risk that a bound of all attributes must stay below."""
MAX_OWN_ERRORS = 0.5
"""Largest error rate among the own tests of a group that borrows, as a share of the risk."""
FIRST_LEARNED, LATER_SHARE, TESTED_SHARE = 60, 1 / 8, 1 / 16
"""While nothing may be filled in: the number of a leaf's products that are all learned from, the share of later ones,
and the share that is also tested.
"""
NEGLIGIBLE = 1e-15
"""Share of a sum below which further terms are omitted."""
CHECKED_SHARE = 0.05
"""Share of the filled values that people are asked to check."""


@dataclass(slots=True)
class Tally:
    """Tests of proposals by bucket of their score."""

    tests: list[int] = field(default_factory=lambda: [0] * BUCKETS)
    wrong: list[int] = field(default_factory=lambda: [0] * BUCKETS)

    def add(self, score: float, is_wrong: bool, times: int = 1) -> None:
        place = bucket(score)
        self.tests[place] += times
        self.wrong[place] += times * is_wrong

    def above(self, place: int) -> tuple[int, int]:
        """Tests and errors in this and all higher buckets."""
        return sum(self.tests[place:]), sum(self.wrong[place:])

    def plus(self, other: Tally) -> Tally:
        return Tally(_sums(self.tests, other.tests), _sums(self.wrong, other.wrong))


@dataclass(frozen=True, slots=True)
class Certificate:
    """The scores above which values may be filled in."""

    threshold: int
    """Bucket; a value in it or in a higher one may be filled in."""
    bound: float
    """Upper bound of the share of wrong values."""
    tests: int


@dataclass(frozen=True, slots=True)
class NotCertifiable:
    """Too few tests, or too many errors, for the bound."""

    needed: int
    """Further answers needed if all of them are right."""


Verdict = Certificate | NotCertifiable


def bucket(score: float) -> int:
    """The bucket of a score from 0 to 1."""
    odds = math.log(max(score, 1e-9) / max(1.0 - score, 1e-9))
    return min(BUCKETS - 1, max(0, int((odds - LOWEST) / (HIGHEST - LOWEST) * BUCKETS)))


@lru_cache(maxsize=4096)
def upper_bound(tests: int, wrong: int, confidence: float = CONFIDENCE) -> float:
    """The exact one-sided upper bound of the error rate after `wrong` errors in `tests`."""
    if tests <= 0 or wrong >= tests:
        return 1.0
    low, high = wrong / tests, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        if _at_most(wrong, tests, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


@lru_cache(maxsize=4096)
def needed_tests(risk: float, wrong: int = 0, confidence: float = CONFIDENCE) -> int:
    """Number of tests with `wrong` errors that certifies `risk`: 299 for 1 % without an error."""
    if not 0 < risk < 1:
        raise ValueError(f"the risk must be between 0 and 1, not {risk}")
    if wrong == 0:
        return math.ceil(math.log(1 - confidence) / math.log(1 - risk))
    low, high = wrong + 1, max(2 * wrong + 2, int(wrong / risk))
    while not _holds(high, wrong, risk, confidence):
        low, high = high, high * 2
    while low < high:
        middle = (low + high) // 2
        if not _holds(middle, wrong, risk, confidence):
            low = middle + 1
        else:
            high = middle
    return low


def certified(tally: Tally, risk: float, confidence: float = CONFIDENCE) -> Verdict:
    """The lowest threshold that is certified for `risk`, or how many more answers are needed."""
    least = needed_tests(risk, 0, confidence)
    best: tuple[int, int, int] | None = None
    for place in range(BUCKETS - 1, -1, -1):
        tests, wrong = tally.above(place)
        if tests < least or not tally.tests[place]:
            continue
        if not _holds(tests, wrong, risk, confidence):
            if best is None:
                return NotCertifiable(max(1, needed_tests(risk, wrong, confidence) - tests))
            break
        best = (place, tests, wrong)
    if best is not None:
        place, tests, wrong = best
        return Certificate(place, upper_bound(tests, wrong, confidence), tests)
    return NotCertifiable(least - tally.above(0)[0])


def decide(levels: Sequence[Tally], risk: float, confidence: float = CONFIDENCE) -> Verdict:
    """The verdict for a group; `levels` are its own tally, the attribute's in all leaves, and that of all attributes.

    A certified tally of the group itself takes precedence. Otherwise a larger group decides, if this group's tests
    above the threshold show that it is not much worse.
    """
    own = levels[0]
    verdict = certified(own, risk, confidence)
    if isinstance(verdict, Certificate):
        return verdict
    fewest = verdict.needed
    for place, larger in enumerate(levels[1:]):
        multiple, accepted = (OF_ALL, risk * STRICTER) if place else (OF_ATTRIBUTE, risk)
        borrowed = certified(larger, accepted, confidence)
        if not isinstance(borrowed, Certificate):
            continue
        tests, wrong = own.above(borrowed.threshold)
        if wrong <= MAX_OWN_ERRORS * risk * tests and upper_bound(tests, wrong, confidence) <= multiple * risk:
            return borrowed
        if not wrong:
            fewest = min(fewest, max(1, needed_tests(multiple * risk, 0, confidence) - tests))
    return NotCertifiable(fewest)


def chance_of_being_right(levels: Iterable[Tally], score: float) -> float:
    """The share of right proposals at this score, smoothed by larger groups and by the score itself."""
    chance, place = score, bucket(score)
    for tally in reversed(list(levels)):
        tests = sum(tally.tests[max(0, place - 1) : place + 2])
        wrong = sum(tally.wrong[max(0, place - 1) : place + 2])
        chance = (tests - wrong + 8 * chance) / (tests + 8)
    return chance


def stops(checks: int, disagreed: int, risk: float) -> bool:
    """Whether people's checks of filled values contradict the bound: as many errors have a chance below 5 %."""
    return disagreed > 0 and _at_most(disagreed - 1, checks, risk) > CONFIDENCE


def is_checked(key: str) -> bool:
    """Whether people are asked to check the value with this key. Stable, so that a retry asks the same question."""
    return share_of(key) < CHECKED_SHARE


def is_learned(learned: int, key: str, risk: float) -> bool:
    """Whether a complete product is worth the CPU time of learning, after `learned` others of its leaf.

    Until an operator accepts a risk, enough examples to rank values suffice.
    """
    return risk > 0 or learned < FIRST_LEARNED or share_of(f"learn/{key}") < LATER_SHARE


def is_tested(key: str, risk: float) -> bool:
    """Whether to test the proposals for a complete product, which costs as much as proposing."""
    return risk > 0 or share_of(f"test/{key}") < TESTED_SHARE


def share_of(key: str) -> float:
    """A stable number from 0 to 1 for a key, to choose a share of all keys."""
    return int.from_bytes(blake2b(key.encode(), digest_size=6).digest()) / 2**48


def _holds(tests: int, wrong: int, risk: float, confidence: float) -> bool:
    """Whether the upper bound is at most the risk. This costs a fiftieth of computing the bound."""
    return wrong < tests and _at_most(wrong, tests, risk) <= 1 - confidence


def _at_most(wrong: int, tests: int, chance: float) -> float:
    """P(X <= wrong) for a binomial variable, summed from `wrong` downwards until the terms vanish."""
    if chance <= 0 or wrong >= tests:
        return 1.0
    if chance >= 1 or wrong < 0:
        return 0.0
    odds = chance / (1 - chance)
    is_lower = wrong <= tests * chance
    count = wrong if is_lower else wrong + 1
    log_choose = math.lgamma(tests + 1) - math.lgamma(count + 1) - math.lgamma(tests - count + 1)
    term = math.exp(log_choose + count * math.log(chance) + (tests - count) * math.log1p(-chance))
    total = 0.0
    while term > total * NEGLIGIBLE:
        total += term
        if is_lower:
            term *= count / (tests - count + 1) / odds
            count -= 1
        else:
            term *= (tests - count) / (count + 1) * odds
            count += 1
    return min(1.0, total) if is_lower else max(0.0, 1.0 - total)


def _sums(one: Sequence[int], other: Sequence[int]) -> list[int]:
    return [a + b for a, b in zip(one, other, strict=True)]
