"""One worker's share of a rate limit over all shops of the app. Pure; times are monotonic seconds.

Each read of the leases (take.lua) grants a share in proportion to the shops that the worker holds, and never more than
the others leave. So calls cost no round trips, and the shares never exceed the limit in total.
"""

from __future__ import annotations

MIN_RATE = 0.05
"""Requests per second of a worker without a grant, so that running jobs can finish."""


class GlobalRateLimiter:
    def __init__(self, now: float) -> None:
        self.rate = MIN_RATE
        self._last = now

    def grant(self, rate: float) -> None:
        """Sets this worker's share in requests per second."""
        self.rate = max(MIN_RATE, rate)

    def earliest(self) -> float:
        """The time from which the next request may be reserved."""
        return self._last + 1 / self.rate

    def give_back(self, now: float) -> None:
        """Returns an unused reservation, so that the next request may be sent up to half an interval earlier."""
        interval = 1 / self.rate
        self._last = min(self._last, max(now - interval, self._last - interval / 2))

    def reserve(self, now: float) -> float:
        """Takes the next sending time and returns it. A late caller catches up by at most half an interval."""
        interval = 1 / self.rate
        at = max(self._last + interval, now)
        self._last = max(self._last + interval, at - interval / 2)
        return at
