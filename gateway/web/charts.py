"""Bars, as shares of their width; the templates draw them as SVG. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    name: str
    count: int
    start: float
    """Percent of the bar's width."""
    width: float


def stacked(parts: Mapping[str, int]) -> list[Segment]:
    """The parts side by side, together the whole width; empty ones left out."""
    total, start, segments = sum(parts.values()), 0.0, []
    for name, count in parts.items():
        if count:
            width = 100 * count / total
            segments.append(Segment(name, count, round(start, 3), round(width, 3)))
            start += width
    return segments


def widths(counts: Sequence[int]) -> list[float]:
    """Each as a percentage of the largest."""
    largest = max(counts, default=0)
    return [round(100 * count / largest, 3) if largest else 0.0 for count in counts]
