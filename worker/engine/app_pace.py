"""One worker's share of a ceiling over all shops of the app. Pure; time comes in as monotonic seconds.

The ceiling is divided by the shops each worker holds, which every worker learns with its leases once a second, so no
call costs a round trip. A share that shrinks counts at once and one that grows only after the others must have heard,
so that the shares never add up to more than the ceiling, save for a worker that is cut off from Redis.
"""

from __future__ import annotations

from collections import deque

HANDOVER_SECONDS = 1.5
"""Longer than the second between two looks at the leases."""
SLOWEST = 0.05
"""Requests a second of a worker that holds next to nothing."""


class AppPace:
    def __init__(self, ceiling: float, now: float) -> None:
        self.ceiling = ceiling
        self._heard: deque[tuple[float, float]] = deque([(now, 0.0)])
        self._next = now

    def hear(self, held: int, leased: int, now: float) -> None:
        """This worker holds `held` of the `leased` shops."""
        self._heard.append((now, self.ceiling * held / max(leased, held, 1)))

    def rate(self, now: float) -> float:
        """Requests a second this worker may send: the smallest share of the last moments."""
        # A share holds until the next was heard, so it is over only when that one is old enough.
        while len(self._heard) > 1 and self._heard[1][0] <= now - HANDOVER_SECONDS:
            self._heard.popleft()
        return max(SLOWEST, min(share for _, share in self._heard))

    def earliest(self) -> float:
        """The moment from which the next request may be reserved."""
        return self._next

    def reserve(self, now: float) -> float:
        """Takes the next sending time and returns it; a late caller catches up by half an interval."""
        interval = 1 / self.rate(now)
        at = max(self._next, now)
        self._next = max(self._next + interval, at + interval / 2)
        return at
