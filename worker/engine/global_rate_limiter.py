"""One worker's part of a ceiling over all shops of the app. Pure; time comes in as monotonic seconds.

The part is granted with each look at the leases (take.lua), by the shops each worker holds and never more than the
others have left over, so no call costs a round trip and the parts never add up to more than the ceiling.
"""

from __future__ import annotations

SLOWEST = 0.05
"""Requests a second of a worker that was granted next to nothing, so that what has begun can end."""


class GlobalRateLimiter:
    def __init__(self, now: float) -> None:
        self.rate = SLOWEST
        self._last = now

    def grant(self, rate: float) -> None:
        """From now on this worker may send so many requests a second."""
        self.rate = max(SLOWEST, rate)

    def earliest(self) -> float:
        """The moment from which the next request may be reserved."""
        return self._last + 1 / self.rate

    def reserve(self, now: float) -> float:
        """Takes the next sending time and returns it; a late caller catches up by half an interval."""
        interval = 1 / self.rate
        at = max(self._last + interval, now)
        self._last = max(self._last + interval, at - interval / 2)
        return at
