"""The totals of a report. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from record.report import ReportLine

MAX_REASONS = 1_000
"""Maximum number of different reasons; further reasons count as OTHER."""
MAX_SHOWN = 20
OTHER = "other reasons"
WAITS_FOR = {"queued": "service", "running": "service", "in_audit": "platform", "waiting": "platform"}
"""State -> who acts next on the product."""


@dataclass(slots=True)
class ReportSummary:
    products: int = 0
    states: Counter[str] = field(default_factory=Counter)
    results: Counter[str] = field(default_factory=Counter)
    """Results of edits, one per product."""
    waits_for: Counter[str] = field(default_factory=Counter)
    """Number of products by who must act: seller, operator, platform, service, unknown."""
    refusals: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    """Day (UTC) of the edit -> number of products moved or in audit."""

    def add(self, line: ReportLine, waits_for: Sequence[str]) -> None:
        self.products += 1
        if line.state:
            self.states[line.state] += 1
        if line.result:
            self.results[line.result] += 1
        self.waits_for.update(waits_for)
        if line.refusal:
            known = line.refusal in self.refusals or len(self.refusals) < MAX_REASONS
            self.refusals[line.refusal if known else OTHER] += 1
        if line.result in ("moved", "in_audit") and line.edited_at is not None:
            self.days[f"{line.edited_at:%Y-%m-%d}"] += 1

    def as_json(self) -> Mapping[str, Any]:
        return {
            "products": self.products,
            "states": dict(self.states),
            "results": dict(self.results),
            "waits_for": dict(self.waits_for),
            "refusals": dict(self.refusals.most_common(MAX_SHOWN)),
            "moved_by_day": dict(sorted(self.days.items())),
        }
