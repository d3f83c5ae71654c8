"""Estimates how many minutes a person needs for an answer, learned from measured times. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from worklist.missing_fields import QuestionKind

MINUTES: Mapping[QuestionKind, float] = {
    "category": 1.0,
    "brand": 1.0,
    "attribute": 0.5,
    "correct": 3.0,
    "weight": 1.0,
    "dimensions": 1.0,
    "size_chart": 2.0,
    "certificate": 3.0,
}
"""First estimates per answer; a correction is made in Seller Center."""
ESTIMATE_WEIGHT = 10.0
"""Weight of an estimate, in measured answers."""
SHORTEST_SECONDS, LONGEST_SECONDS = 1.0, 900.0
"""A longer pause between two answers is a break, a shorter one a repeated form."""


@dataclass(frozen=True, slots=True)
class MeasuredAnswers:
    """Number of answers with a known time to questions of one kind."""

    answers: int = 0
    logs: float = 0.0
    """Sum of the natural logarithms of their times in seconds."""


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    measured: Mapping[QuestionKind, MeasuredAnswers] = field(default_factory=dict)

    def minutes(self, kind: QuestionKind) -> float:
        """Minutes per answer: the geometric mean of the estimate and the measured times, so that one long pause has
        little weight.
        """
        known = self.measured.get(kind)
        if known is None or not known.answers:
            return MINUTES[kind]
        logs = known.logs + ESTIMATE_WEIGHT * math.log(60.0 * MINUTES[kind])
        return math.exp(logs / (known.answers + ESTIMATE_WEIGHT)) / 60.0


def seconds_per_answer(pause: float, answers: int) -> float | None:
    """Seconds taken by each of `answers`, which were given together `pause` seconds after the previous ones; None if
    unknown.
    """
    if answers < 1 or not SHORTEST_SECONDS <= pause <= LONGEST_SECONDS:
        return None
    return max(SHORTEST_SECONDS, pause / answers)
