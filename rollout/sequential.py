"""A Bernoulli CUSUM test, which detects that the rejection rate has risen from p0 to p1. Pure.

A rejection raises the score by ln(p1/p0), and a pass lowers it by ln((1-p0)/(1-p1)), but never below zero. At rate p0
the score reaches h about once in e^h audits. Source: Page, "Continuous inspection schemes", Biometrika 1954.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

CHANGE_STOP = 10.0
"""Limit for looks that find the same field changed: four in close succession. Sellers change products one by one."""
OWN_LEAF_STOP = 14.0
DECISION_STOP = 10.0
WIDE_STOP = 16.0
LOWEST_P0, HIGHEST_P0 = 0.03, 0.10
PRIOR_AUDITS, PRIOR_REJECTIONS = 2_000, 40
"""The assumed rate until the market's is known, since a fault must not raise its own baseline."""


@dataclass(frozen=True, slots=True)
class Weights:
    rejection: float
    passed: float
    """Negative."""


def weights(p0: float, p1: float) -> Weights:
    return Weights(log(p1 / p0), log((1 - p1) / (1 - p0)))


def change_weights() -> Weights:
    """Weights of looks that find a field changed: 3 % by busy sellers, 50 % if the platform changes it."""
    return weights(0.03, 0.5)


def expected_rate(passes: int, rejections: int) -> float:
    """p0: 1.5 times the market's measured rate, within bounds that keep the test sensitive to faults."""
    measured = (rejections + PRIOR_REJECTIONS) / (passes + rejections + PRIOR_AUDITS)
    return min(max(LOWEST_P0, 1.5 * measured), HIGHEST_P0)


def group_weights(p0: float, accepted: float = 0.0) -> Weights:
    """Weights for a group. `accepted` is the rejection rate that an operator accepted for it; 0 means none."""
    p0 = min(max(p0, 1.5 * accepted), 0.8)
    return weights(p0, max(0.30, min(2 * p0, 0.95)))


def wide_weights(p0: float, accepted: float = 0.0) -> Weights:
    """Weights for markets and rules, which have many more audits and must detect a smaller rise."""
    p0 = min(max(p0, 1.5 * accepted), 0.8)
    return weights(p0, max(0.10, min(10 / 3 * p0, p0 + (1 - p0) / 2)))


def step(score: float, rejected: bool, by: Weights) -> float:
    return max(0.0, score + (by.rejection if rejected else by.passed))
