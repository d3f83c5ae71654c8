"""The bound on wrong values holds, even if the threshold is chosen from the same data."""

from __future__ import annotations

import random
from math import comb

import pytest

from proposals.risk import (
    FIRST_LEARNED,
    Certificate,
    NotCertifiable,
    Tally,
    bucket,
    certified,
    chance_of_being_right,
    decide,
    is_checked,
    is_learned,
    is_tested,
    needed_tests,
    stops,
    upper_bound,
)

SURE, LIKELY = 0.999, 0.9


def tally(*tests: tuple[float, int, int]) -> Tally:
    """Builds a tally from (score, tests, wrong)."""
    found = Tally()
    for score, times, wrong in tests:
        found.add(score, False, times - wrong)
        found.add(score, True, wrong)
    return found


def test_one_percent_needs_299_tests_without_an_error() -> None:
    assert needed_tests(0.01) == 299
    assert [round(upper_bound(tests, wrong), 3) for tests, wrong in ((1, 0), (100, 1), (200, 10))] == [
        0.95,
        0.047,
        0.083,
    ]
    assert upper_bound(0, 0) == upper_bound(5, 5) == 1.0
    assert upper_bound(299, 0) <= 0.01 < upper_bound(298, 0)


@pytest.mark.parametrize("wrong", [1, 2, 5])
def test_more_errors_need_more_tests(wrong: int) -> None:
    needed = needed_tests(0.01, wrong)
    assert upper_bound(needed, wrong) <= 0.01 < upper_bound(needed - 1, wrong)


@pytest.mark.parametrize("risk", [0, 1, -0.1])
def test_impossible_risk_is_refused(risk: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        needed_tests(risk)


def test_too_few_answers_say_how_many_more() -> None:
    assert certified(tally((SURE, 200, 0)), 0.01) == NotCertifiable(99)
    assert certified(Tally(), 0.01) == NotCertifiable(299)


def test_errors_need_more_answers() -> None:
    verdict = certified(tally((SURE, 299, 1)), 0.01)
    assert verdict == NotCertifiable(needed_tests(0.01, 1) - 299)


def test_the_threshold_stays_above_scores_that_are_wrong_too_often() -> None:
    verdict = certified(tally((SURE, 1000, 0), (LIKELY, 1000, 100)), 0.01)
    assert isinstance(verdict, Certificate)
    assert bucket(LIKELY) < verdict.threshold <= bucket(SURE)
    assert verdict.bound <= 0.01


def test_the_bound_holds_in_95_of_100_resamples() -> None:
    rng, broken, rounds = random.Random(7), 0, 300
    scores = [(0.7, 0.2), (0.9, 0.05), (0.97, 0.02), (0.99, 0.011), (0.999, 0.004)]
    for _ in range(rounds):
        sample = Tally()
        for _ in range(2500):
            score, error = rng.choice(scores)
            sample.add(score, rng.random() < error)
        verdict = certified(sample, 0.01)
        if isinstance(verdict, Certificate):
            filled = [error for score, error in scores if bucket(score) >= verdict.threshold]
            broken += sum(filled) / len(filled) > 0.01
    assert broken <= 0.05 * rounds + 2 * (0.05 * 0.95 * rounds) ** 0.5


def test_a_group_with_errors_does_not_borrow_from_a_larger_one() -> None:
    whole = tally((SURE, 5000, 5))
    assert isinstance(decide([tally((SURE, 100, 0)), whole], 0.01), Certificate)
    assert isinstance(decide([tally((SURE, 100, 2)), whole], 0.01), NotCertifiable)
    assert isinstance(decide([tally((SURE, 58, 0)), whole], 0.01), NotCertifiable)


def test_one_error_among_many_own_tests_does_not_end_borrowing() -> None:
    whole = tally((SURE, 5000, 5))
    assert isinstance(decide([tally((SURE, 199, 1)), whole], 0.01), NotCertifiable)
    assert isinstance(decide([tally((SURE, 220, 1)), whole], 0.01), Certificate)
    assert isinstance(decide([tally((SURE, 220, 2)), whole], 0.01), NotCertifiable)


def test_a_smaller_risk_needs_more_own_tests() -> None:
    whole = tally((SURE, 9000, 2))
    assert isinstance(decide([tally((SURE, 60, 0)), whole], 0.001), NotCertifiable)
    assert isinstance(decide([tally((SURE, 100, 0)), whole], 0.005), NotCertifiable)
    assert isinstance(decide([tally((SURE, 130, 0)), whole], 0.005), Certificate)


def test_other_attributes_lend_only_a_stricter_bound_and_to_more_tests() -> None:
    few, strict, loose = tally((SURE, 70, 0)), tally((SURE, 3000, 2)), tally((SURE, 1100, 5))
    enough = tally((SURE, 100, 0))
    assert isinstance(decide([enough, enough, strict], 0.01), Certificate)
    assert isinstance(decide([few, few, strict], 0.01), NotCertifiable)
    assert isinstance(decide([enough, enough, loose], 0.01), NotCertifiable)
    assert isinstance(decide([tally((SURE, 150, 1)), enough, strict], 0.01), NotCertifiable)


@pytest.mark.parametrize(("error", "most"), [(0.05, 0.06), (0.1, 0.02)])
def test_a_bad_group_in_a_good_pool_is_found_in_95_of_100_resamples(error: float, most: float) -> None:
    """Sixty tests of the bad group, in a pool of the attribute and of all attributes without an error."""
    rng, pool, filled, rounds = random.Random(11), tally((SURE, 5000, 0)), 0, 1000
    for _ in range(rounds):
        bad = tally((SURE, 60, sum(rng.random() < error for _ in range(60))))
        filled += isinstance(decide([bad, pool.plus(bad), pool.plus(bad)], 0.01), Certificate)
    assert filled <= most * rounds


def test_chance_follows_the_tests() -> None:
    assert chance_of_being_right([Tally()], 0.9) == pytest.approx(0.9)
    assert chance_of_being_right([tally((0.9, 1000, 500))], 0.9) == pytest.approx(0.5, abs=0.01)


def test_checks_that_disagree_stop_filling() -> None:
    assert not stops(100, 0, 0.01)
    assert not stops(100, 1, 0.01)
    assert stops(20, 2, 0.01)
    assert stops(100, 5, 0.01)


def test_a_share_of_values_is_checked() -> None:
    share = sum(is_checked(f"shop/{number}/attribute") for number in range(20_000)) / 20_000
    assert 0.04 < share < 0.06


def test_some_products_are_learned_and_tested_while_nothing_may_be_filled_in() -> None:
    products = [f"shop/{number}" for number in range(2_000)]
    assert all(is_learned(FIRST_LEARNED - 1, each, 0.0) for each in products)
    assert 150 < sum(is_learned(FIRST_LEARNED, each, 0.0) for each in products) < 350
    assert 60 < sum(is_tested(each, 0.0) for each in products) < 200
    assert all(is_learned(1_900, each, 0.01) and is_tested(each, 0.01) for each in products)


@pytest.mark.parametrize("tests", [60, 299, 400])
@pytest.mark.parametrize("wrong", [0, 3, 57])
@pytest.mark.parametrize("risk", [0.005, 0.01, 0.3])
def test_the_bound_is_that_of_the_binomial_distribution(tests: int, wrong: int, risk: float) -> None:
    at_most = sum(comb(tests, each) * risk**each * (1 - risk) ** (tests - each) for each in range(wrong + 1))
    assert (upper_bound(tests, wrong) <= risk) == (at_most <= 0.05)
    bound = upper_bound(tests, wrong)
    chance = sum(comb(tests, each) * bound**each * (1 - bound) ** (tests - each) for each in range(wrong + 1))
    assert chance == pytest.approx(0.05, abs=1e-6)


def test_many_errors_need_as_many_answers_as_the_bound_requires() -> None:
    needed = needed_tests(0.01, 1_500)
    assert upper_bound(needed, 1_500) <= 0.01 < upper_bound(needed - 1, 1_500)
