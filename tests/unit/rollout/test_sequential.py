"""The sequential test stops levels with rejections, and ignores ordinary rates."""

from __future__ import annotations

from random import Random

import pytest

from rollout.sequential import (
    DECISION_STOP,
    HIGHEST_P0,
    LOWEST_P0,
    OWN_LEAF_STOP,
    expected_rate,
    group_weights,
    step,
    weights,
)


def audits_until(limit: float, rate: float, random: Random, most: int = 100_000) -> int | None:
    score, by = 0.0, group_weights(0.03)
    for number in range(1, most + 1):
        score = step(score, random.random() < rate, by)
        if score >= limit:
            return number
    return None


def test_the_weights_are_those_of_the_study() -> None:
    by = weights(0.03, 0.30)
    assert by.rejection == pytest.approx(2.303, abs=0.001)
    assert by.passed == pytest.approx(-0.326, abs=0.001)


@pytest.mark.parametrize("rate", [0.01, 0.02])
def test_ordinary_rates_do_not_stop_a_decision(rate: float) -> None:
    assert audits_until(DECISION_STOP, rate, Random(1)) is None


def test_three_of_a_hundred_do_not_stop_a_leaf() -> None:
    assert audits_until(OWN_LEAF_STOP, 0.03, Random(1)) is None


@pytest.mark.parametrize(("rate", "most"), [(1.0, 5), (0.6, 20), (0.3, 60)])
def test_a_high_rate_stops_within_few_audits(rate: float, most: int) -> None:
    needed = sorted(audits_until(DECISION_STOP, rate, Random(seed)) or 10**9 for seed in range(51))
    assert needed[25] <= most


def test_the_baseline_follows_the_market_within_bounds() -> None:
    assert expected_rate(0, 0) == LOWEST_P0
    assert expected_rate(960_000, 40_000) == pytest.approx(0.06, abs=0.001)
    assert expected_rate(500, 500) == HIGHEST_P0


def test_an_accepted_rate_no_longer_stops() -> None:
    by, score, random = group_weights(0.03, accepted=0.3), 0.0, Random(2)
    for _ in range(2_000):
        score = step(score, random.random() < 0.3, by)
        assert score < DECISION_STOP
