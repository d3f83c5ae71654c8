"""A leaf with few tests borrows its attribute's bound only if hardly any leaf is bad and its own tests agree."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from proposals.risk import Certificate, NotCertifiable, Tally
from proposals.small_leaves import SURE, LeafErrors, lent, most_expected

SCORE, RISK = 0.999, 0.01


def tally(tests: int, wrong: int = 0) -> Tally:
    found = Tally()
    found.add(SCORE, False, tests - wrong)
    found.add(SCORE, True, wrong)
    return found


def leaves(*counts: tuple[int, int, int]) -> LeafErrors:
    """Builds the errors of leaves from (tests, wrong, number of leaves)."""
    return LeafErrors(Counter({(tests, wrong): number for tests, wrong, number in counts}))


POOL, GOOD = tally(9_000, 5), leaves((90, 0, 100))


def test_a_small_leaf_of_a_good_attribute_needs_19_tests_without_an_error() -> None:
    assert lent(tally(18), POOL, GOOD, RISK) == NotCertifiable(1)
    certificate = lent(tally(19), POOL, GOOD, RISK)
    assert isinstance(certificate, Certificate)
    assert certificate.bound <= RISK / 2
    assert certificate.tests == 9_000
    assert isinstance(lent(tally(40, 1), POOL, GOOD, RISK), NotCertifiable)


def test_the_more_leaves_are_suspected_the_more_tests_a_small_leaf_needs() -> None:
    one, several, many = leaves((90, 0, 95), (90, 9, 5)), leaves((90, 0, 80), (90, 9, 20)), leaves((90, 9, 100))
    shares = [errors.share_of_bad(0.05) for errors in (GOOD, one, several, many)]
    assert shares == sorted(shares)
    assert shares[0] < 0.05 < shares[1]
    assert shares[3] == 1.0
    assert isinstance(lent(tally(19), POOL, one, RISK), Certificate), "0.11 of bad leaves, 38 % of which pass"
    assert isinstance(lent(tally(30), POOL, several, RISK), NotCertifiable)
    assert isinstance(lent(tally(58), POOL, many, RISK), NotCertifiable)
    assert isinstance(lent(tally(59), POOL, many, RISK), Certificate), "as without other leaves"


def test_few_or_small_leaves_prove_little() -> None:
    assert LeafErrors().share_of_bad(0.05) == 1.0
    assert isinstance(lent(tally(30), POOL, leaves((300, 0, 5)), RISK), NotCertifiable)
    assert isinstance(lent(tally(30), POOL, leaves((2, 0, 100)), RISK), NotCertifiable)
    assert leaves((8, 0, 1_500)).share_of_bad(0.05) < 0.05


def test_a_large_leaf_with_rare_errors_is_not_suspected() -> None:
    assert leaves((100, 1, 60)).share_of_bad(0.05) == pytest.approx(leaves((100, 0, 60)).share_of_bad(0.05))
    assert leaves((40, 1, 60)).share_of_bad(0.05) > leaves((40, 0, 60)).share_of_bad(0.05)


def test_the_bound_of_the_attribute_must_be_strict() -> None:
    assert isinstance(lent(tally(30), tally(400), GOOD, RISK), NotCertifiable), "598 prove half of 1 %"
    assert isinstance(lent(tally(30), tally(9_000, 80), GOOD, RISK), NotCertifiable)


def test_only_the_surest_values_are_filled_in() -> None:
    unsure = Tally()
    unsure.add(0.6, False, 9_000)
    found = lent(tally(30), POOL.plus(unsure), GOOD, RISK)
    assert isinstance(found, Certificate)
    low = Tally()
    low.add(SURE - 0.03, False, 1)
    assert low.above(found.threshold) == (0, 0)


def test_the_bound_of_a_mean_is_that_of_poisson() -> None:
    assert [round(most_expected(seen), 2) for seen in (0, 1, 2, 10)] == [3.0, 4.74, 6.3, 16.96]
    assert 2_000 < most_expected(2_000) < 2_100


@pytest.mark.parametrize(("share", "error"), [(0.02, 0.3), (0.05, 0.1), (0.1, 0.05), (0.5, 0.05)])
def test_a_bad_leaf_is_filled_in_for_at_most_one_small_leaf_in_20(share: float, error: float) -> None:
    """Worlds of 80 leaves of which a share is bad; leaves of 25 tests are judged by their own and all tests."""
    rng, filled, judged = random.Random(5), 0, 0
    for _ in range(40):
        sizes = [rng.choice((25, 60, 120)) for _ in range(80)]
        bad = [rng.random() < share for _ in sizes]
        counts = [
            (size, sum(rng.random() < error for _ in range(size)) if is_bad else 0)
            for size, is_bad in zip(sizes, bad, strict=True)
        ]
        errors = LeafErrors(Counter(counts))
        for (size, wrong), is_bad in zip(counts, bad, strict=True):
            if size == 25:
                judged += 1
                filled += is_bad and isinstance(lent(tally(size, wrong), POOL, errors, RISK), Certificate)
    assert filled <= 0.05 * judged
