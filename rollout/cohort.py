"""Estimates the duration of a market's audits by the median of a cohort, in which running audits count as long. Pure.

The median of the ended audits alone is too low while most audits are still running. A cohort is a fixed number of
consecutive edits. When half of their audits have ended, the longest of those is the median of the cohort.
"""

from __future__ import annotations

from dataclasses import dataclass, field

COHORT = 64
DEFAULT_PATIENCE_MS = 7 * 86_400_000
SHORTEST_PATIENCE_MS = 60_000
LONGEST_PATIENCE_MS = 14 * 86_400_000


@dataclass(slots=True)
class Cohort:
    number: int = 1
    since: int = 0
    """Time at which the first edit joined, ms."""
    joined: int = 0
    durations: list[int] = field(default_factory=list)
    """Durations of its ended audits, ms."""
    median: int = 0
    """Median of the last cohort of which half had ended, ms; 0 before the first."""

    def join(self, now: int) -> int:
        """Returns the cohort number for an edit sent now; 0 if the cohort is full."""
        if self.joined and now - self.since > 2 * self.patience:
            self._start_next()
        if self.joined >= COHORT:
            return 0
        if not self.joined:
            self.since = now
        self.joined += 1
        return self.number

    def ended(self, number: int, duration: int) -> None:
        if number != self.number or len(self.durations) >= self.joined:
            return
        self.durations.append(max(0, duration))
        if self.joined >= COHORT and 2 * len(self.durations) >= self.joined:
            self.median = max(self.durations)
            self._start_next()

    def _start_next(self) -> None:
        self.number += 1
        self.joined = 0
        self.durations = []

    @property
    def patience(self) -> int:
        """Time for which an edit in audit keeps its permit, ms: two medians. Later its result counts as unknown."""
        if not self.median:
            return DEFAULT_PATIENCE_MS
        return min(max(2 * self.median, SHORTEST_PATIENCE_MS), LONGEST_PATIENCE_MS)
