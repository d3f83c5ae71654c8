"""Computes the segments of bar charts, which the templates draw as SVG. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    name: str
    count: int
    start: float
    """Left edge in percent of the bar's width."""
    width: float
    """Width in percent of the bar's width."""


def stacked(parts: Mapping[str, int]) -> list[Segment]:
    """Return the parts side by side, filling the whole width. Empty parts are left out."""
    total, start, segments = sum(parts.values()), 0.0, []
    for name, count in parts.items():
        if count:
            width = 100 * count / total
            segments.append(Segment(name, count, round(start, 3), round(width, 3)))
            start += width
    return segments


def widths(counts: Sequence[int]) -> list[float]:
    """Return each count as a percentage of the largest."""
    largest = max(counts, default=0)
    return [round(100 * count / largest, 3) if largest else 0.0 for count in counts]
