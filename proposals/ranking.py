"""Combines the readings of a product's texts and the values of its siblings into one ranked list. Pure.

A candidate's odds are its chance among the siblings times the weights of its readings. The weights are rounded from
a fit on public product data (`benchmarks/proposals.py`); risk.py measures how often the result is wrong, so they need
not be exact.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from proposals.context import Sense
from proposals.reader import Reading

STATED = {"title": 4.2, "sku": 3.4, "attribute": 3.0, "description": 2.4, "package": 1.0}
"""Log odds by source."""
OWN_LABEL, OTHER_LABEL = 2.6, -4.0
SAME_KIND, OTHER_KIND, CONTESTED = 1.0, -6.0, -2.0
INEXACT, PART, SYNONYM = -1.2, -1.4, -0.4
DENIED = -4.5
MAX_EVIDENCE = 7.5
SECOND_READING = 0.3
"""Share of its score added by each further source of the same value."""
MIN_CHANCE = 1e-3
"""Chance of a value that no sibling has, relative to an even share."""


@dataclass(frozen=True, slots=True)
class Candidate:
    value: int
    """Position in the attribute's list of values."""
    score: float
    """Estimated chance of being right, from 0 to 1; risk.py calibrates it."""
    sources: tuple[str, ...]
    """Where the value was read; `siblings` if other products suggest it."""
    words: tuple[str, ...]
    """The words that state it."""
    is_read: bool = False


def ranked(
    readings: Sequence[Reading], chances: Sequence[float], *, several: bool = False, most: int = 100
) -> list[Candidate]:
    """Ranks all values; `chances` are those among the siblings, one per value."""
    own = sorted(readings, key=lambda each: each.value)
    evidence = {value: list(group) for value, group in groupby(own, key=lambda each: each.value)}
    floor = MIN_CHANCE / max(1, len(chances))
    weights = {value: weight_of(group) for value, group in evidence.items()}
    logs = [math.log(max(chance, floor)) + weights.get(value, 0.0) for value, chance in enumerate(chances)]
    top = max(logs, default=0.0)
    powers = [math.exp(log - top) for log in logs]
    total = sum(powers) or 1.0
    order = sorted(range(len(powers)), key=lambda value: (-powers[value], value))[:most]
    return [
        Candidate(value, powers[value] / total, *_told(evidence.get(value, ()), weights.get(value, 0.0)))
        for value in order
    ]


def weight_of(readings: Sequence[Reading]) -> float:
    """The weight of all readings of one value: the best one, and a share of the others."""
    stated = sorted((_stated(each) for each in readings if each.sense is Sense.STATED), reverse=True)
    stated = [weight for weight in stated if weight > 0]
    denied = any(each.sense is Sense.DENIED for each in readings)
    total = (stated[0] + SECOND_READING * sum(stated[1:3])) if stated else 0.0
    return min(MAX_EVIDENCE, total) + (DENIED if denied else 0.0)


def _stated(reading: Reading) -> float:
    weight = STATED[reading.source]
    if reading.label > 0:
        weight += OWN_LABEL * reading.label
    elif reading.label < 0:
        weight += OTHER_LABEL * -reading.label
    weight += SAME_KIND * (reading.hint > 0) + OTHER_KIND * (reading.hint < 0)
    weight += (
        CONTESTED * reading.is_contested
        + INEXACT * (not reading.is_exact)
        + PART * reading.is_part
        + SYNONYM * reading.is_synonym
    )
    return weight


def _told(readings: Sequence[Reading], weight: float) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    stated = [each for each in readings if each.sense is Sense.STATED and _stated(each) > 0]
    if not stated or weight <= 0:
        return ("siblings",), (), False
    sources = tuple(dict.fromkeys(each.source for each in stated))
    return sources, tuple(dict.fromkeys(each.words for each in stated))[:3], True


def chances_of(distribution: Mapping[str, float], ids: Sequence[str]) -> list[float]:
    return [distribution.get(each, 0.0) for each in ids]
