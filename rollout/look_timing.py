"""When to read an edit back: as late as most edits have needed to show so far. Pure but for its memory."""

from __future__ import annotations

from collections import deque

FIRST_GUESS = 1.0
SHORTEST, LONGEST = 0.5, 30.0
GIVE_UP_SECONDS = 110.0
"""Before the look's place in its window expires (`admission.LOOK_PATIENCE_MS`)."""
SECOND_LOOK_SECONDS = 1.0
"""A difference is looked at twice."""


class LookTiming:
    """How long the platform needs to show an edit, as one process has seen it."""

    def __init__(self) -> None:
        self._seen: deque[float] = deque(maxlen=64)

    def shown(self, seconds: float) -> None:
        """An edit showed this long after its acceptance."""
        self._seen.append(seconds)

    def due(self, looks: int) -> float | None:
        """Seconds after acceptance at which to look, after so many looks that saw the old version; None gives up."""
        at = self._first() * 1.7**looks
        return at if at <= GIVE_UP_SECONDS else None

    def _first(self) -> float:
        if len(self._seen) < 8:
            return FIRST_GUESS
        ordered = sorted(self._seen)
        return min(max(ordered[len(ordered) * 8 // 10], SHORTEST), LONGEST)
