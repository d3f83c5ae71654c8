"""Bounds the error rate of decisions by those that were checked: the exact bound of Clopper and Pearson. Pure."""

from __future__ import annotations

from math import exp, lgamma, log, log1p

CONFIDENCE = 0.95
MOST_ANSWERS = 100_000


def error_bound(wrong: int, checked: int, confidence: float = CONFIDENCE) -> float:
    """The highest error rate that `wrong` errors among `checked` decisions do not contradict; from 0 to 1."""
    if wrong >= checked:
        return 1.0
    low, high = wrong / checked, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(wrong, checked, middle) > 1 - confidence else (low, middle)
    return high


def answers_needed(wrong: int, checked: int, risk: float, confidence: float = CONFIDENCE) -> int:
    """How many more checked decisions without an error certify `risk`; 0 if it is certified already.

    Without errors a risk of 1 % needs 299 decisions. At most MOST_ANSWERS.
    """
    low, high = checked, max(checked, 1)
    while error_bound(wrong, high, confidence) > risk:
        if high - checked > MOST_ANSWERS:
            return MOST_ANSWERS
        low, high = high, high * 2
    while low < high:
        middle = (low + high) // 2
        if error_bound(wrong, middle, confidence) > risk:
            low = middle + 1
        else:
            high = middle
    return low - checked


def _at_most(wrong: int, checked: int, rate: float) -> float:
    """The probability of at most `wrong` errors in `checked` decisions at this error rate."""
    total = 0.0
    for errors in range(wrong + 1):
        ways = lgamma(checked + 1) - lgamma(errors + 1) - lgamma(checked - errors + 1)
        total += exp(ways + errors * log(rate) + (checked - errors) * log1p(-rate)) if rate < 1 else 0.0
    return total
