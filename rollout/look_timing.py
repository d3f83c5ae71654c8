"""Chooses when to read an edit back, from the times that earlier edits needed to become visible. Pure but stateful."""

from __future__ import annotations

from collections import deque

FIRST_GUESS = 1.0
SHORTEST, LONGEST = 0.5, 30.0
GIVE_UP_SECONDS = 110.0
"""Must end before the look's place in its window expires (`admission.LOOK_PATIENCE_MS`)."""
SECOND_LOOK_SECONDS = 1.0
"""A difference is confirmed by a second look."""


class LookTiming:
    """Times that the platform needed to show edits, as observed by one process."""

    def __init__(self) -> None:
        self._seen: deque[float] = deque(maxlen=64)

    def shown(self, seconds: float) -> None:
        """Records that an edit was visible this many seconds after its acceptance."""
        self._seen.append(seconds)

    def due(self, looks: int) -> float | None:
        """Seconds from acceptance to the next look, after `looks` looks at the old version; None means give up."""
        at = self._first() * 1.7**looks
        return at if at <= GIVE_UP_SECONDS else None

    def _first(self) -> float:
        if len(self._seen) < 8:
            return FIRST_GUESS
        ordered = sorted(self._seen)
        return min(max(ordered[len(ordered) * 9 // 10], SHORTEST), LONGEST)
