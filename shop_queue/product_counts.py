"""Known products of a shop by state, as lua/product_values.lua describes them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from model.product_state import FOR_MACHINES, FOR_PEOPLE, ON_V2, STATES, ProductStateName

DRAFT, ANSWERED = "draft:", "answered:"
DAY_SECONDS = 86_400
PACE_DAYS = 7
_ENDS: Mapping[str, ProductStateName] = {
    "n": "needs_input",
    "r": "relisted",
    "v": "already_v2",
    "j": "rejected",
    "f": "failed",
    "g": "gone",
}
_JOBS, _RUNNABLE = 3, 2
"""Number of characters that describe jobs, and of the first ones whose jobs make a product `running`."""
_JOB_STATES: Mapping[bytes, ProductStateName] = {b"A": "in_audit", b"W": "waiting", b"Q": "queued"}
"""In this order: a product with several jobs is in the first of these states."""


def last_end(value: bytes | None) -> ProductStateName | None:
    """The last end of a product without a job, from its value in the lane's hash `products`."""
    if value is None or value[:_JOBS].strip(b"-"):
        return None
    return _ENDS.get(value[_JOBS : _JOBS + 1].decode(errors="replace"))


def current_state(value: bytes | None, is_running: bool) -> ProductStateName | None:
    """The state of a product from its value in the lane's hash `products`; None if the lane does not know it.

    `is_running`: its relist job or its undo is in flight.
    """
    if value is None:
        return None
    jobs = value[:_JOBS]
    if (is_running and jobs[:_RUNNABLE].strip(b"-")) or b"R" in jobs:
        return "running"
    state = next((name for letter, name in _JOB_STATES.items() if letter in jobs), None)
    return state or _ENDS.get(value[_JOBS : _JOBS + 1].decode(errors="replace"))


@dataclass(frozen=True, slots=True)
class ProductCounts:
    by_state: Mapping[ProductStateName, int] = field(default_factory=dict)
    """All ten states; their sum is the number of known products."""
    drafts: Mapping[ProductStateName, int] = field(default_factory=dict)
    """Known products that the last search found as drafts, by state."""
    answers: Mapping[int, int] = field(default_factory=dict)
    """Day, counted from 1970 in UTC -> products that left a state in which they wait for a person."""

    @property
    def fields(self) -> dict[str, int]:
        """The ten states by name, for JSON."""
        return {str(state): number for state, number in self.by_state.items()}

    @property
    def known(self) -> int:
        return sum(self.by_state.values())

    @property
    def on_v2(self) -> int:
        return sum(self.by_state.get(state, 0) for state in ON_V2)

    @property
    def for_machines(self) -> int:
        """Products on v1 that the service or the platform acts on next. Drafts do not count, because nobody can buy
        them.
        """
        return self._listed(FOR_MACHINES)

    @property
    def for_people(self) -> int:
        """Products on v1 that wait for a person, without drafts."""
        return self._listed(FOR_PEOPLE)

    @property
    def progress(self) -> float | None:
        """The share of the products that exist and are on v2, from 0 to 1; None if no product is known."""
        existing = self.known - self.by_state.get("gone", 0)
        return self.on_v2 / existing if existing > 0 else None

    def answers_per_day(self, now_seconds: float) -> float:
        """Answers per day over the last week, or since the first answer in it."""
        today = int(now_seconds // DAY_SECONDS)
        recent = {day: number for day, number in self.answers.items() if today - PACE_DAYS < day <= today}
        if not recent:
            return 0.0
        days = max(1.0, now_seconds / DAY_SECONDS - min(recent))
        return sum(recent.values()) / days

    def _listed(self, states: Iterable[ProductStateName]) -> int:
        if not self.drafts:
            return sum(self.by_state.get(state, 0) for state in states)
        return sum(max(0, self.by_state.get(state, 0) - self.drafts.get(state, 0)) for state in states)


NO_PRODUCTS = ProductCounts(dict.fromkeys(STATES, 0))


def read_counts(stored: Mapping[str, int]) -> ProductCounts:
    """The counts in the hash `states`; all ten states are present. Unknown names are ignored."""
    answers = {int(name[len(ANSWERED) :]): number for name, number in stored.items() if name.startswith(ANSWERED)}
    return ProductCounts(
        {state: stored.get(state, 0) for state in STATES},
        {state: stored[DRAFT + state] for state in STATES if stored.get(DRAFT + state)},
        answers,
    )


def total_counts(each: list[ProductCounts]) -> dict[ProductStateName, int]:
    """The products of several shops by state."""
    return {state: sum(counts.by_state.get(state, 0) for counts in each) for state in STATES}
