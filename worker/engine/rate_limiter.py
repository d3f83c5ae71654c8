"""An adaptive rate limiter, which spaces the requests of a shop evenly at a rate that it discovers.

Pure; times are monotonic seconds. The platform publishes no limits. Reads and writes have separate allowances, so each
has a `RateLimiter`. The platform counts over a sliding second, so the number of requests that it accepted in the second
before it throttled *is* the allowance. The rate then settles just below that number. After a quiet period it rises in
doubling steps: a wrong step costs one request in a few hundred, and a doubled allowance is found within seconds. Facts:
docs/platform-facts.md.
"""

from __future__ import annotations

from collections import deque
from typing import Any

SETTLE = 0.98
"""Share of the measured allowance that is used."""
QUIET_REQUESTS, QUIET_SECONDS = 250, 12.0
"""Successes and seconds since the last throttled request before a higher rate is tried."""
PATIENCE_REQUESTS, PATIENCE_SECONDS = 120, 30.0
"""As above, for slow shops, which would take minutes for that many requests."""
FIRST_STEP, MAX_STEP = 0.02, 0.25
FIRST_PAUSE, MAX_PAUSE = 0.05, 60.0
"""Seconds."""
MAX_DOUBLINGS = 11
"""Enough to go from the first pause to the longest; bounded because 2.0 ** 1024 overflows a float."""
WINDOW = 1.05
"""Seconds after which an accepted request no longer counts: the platform's second plus network jitter."""
FREED_BEFORE_PROBE = 0.3
"""Share of the window that must be free before the next request, if the first one after a pause was throttled too."""
MIN_RATE = 0.05
"""Minimum rate in requests per second, without which a shop could never recover."""


class RateLimiter:
    """`rate` is in requests per second; infinity means no limit."""

    def __init__(self, rate: float, max_rate: float, now: float, *, knows_allowance: bool = False) -> None:
        self.rate = min(rate, max_rate)
        self.max_rate = max_rate
        self.knows_allowance = knows_allowance
        self.blocked_until = now
        self._next = now + 1 / self.rate
        self._accepted: deque[float] = deque()
        self._since_throttled = 0
        self._quiet_from = now
        self._step = MAX_STEP if not knows_allowance else FIRST_STEP
        self._raised_at = now
        self._throttled_in_a_row = 0

    def earliest(self) -> float:
        """The time from which the next request may be reserved."""
        return max(self._next, self.blocked_until)

    def reserve(self, now: float) -> float:
        """Takes the next sending time and returns it. A late caller catches up by at most half an interval."""
        interval = 1 / self.rate
        at = max(self.earliest(), now)
        self._next = max(self.earliest() + interval, at + interval / 2)
        return at

    def give_back(self, now: float) -> None:
        """A reserved request was not sent: the next one may be sent earlier, by at most half an interval."""
        self._next = min(self._next, max(now, self._next - 0.5 / self.rate))

    def succeeded(self, now: float) -> None:
        """The platform accepted a request."""
        self._accepted.append(now)
        while self._accepted and self._accepted[0] <= now - 1.0:
            self._accepted.popleft()
        self._since_throttled += 1
        if now >= self.blocked_until:
            self._throttled_in_a_row = 0
        if not self.knows_allowance or self._has_been_quiet(now):
            self._rise(now, every=1.0)

    def _has_been_quiet(self, now: float) -> bool:
        requests, seconds = self._since_throttled, now - self._quiet_from
        return (requests >= QUIET_REQUESTS and seconds >= QUIET_SECONDS) or (
            requests >= PATIENCE_REQUESTS and seconds >= PATIENCE_SECONDS
        )

    def _rise(self, now: float, every: float) -> None:
        if now - self._raised_at < max(every, 2 / self.rate) or self.rate >= self.max_rate:
            return
        # Successes prove nothing unless the rate was used.
        if len(self._accepted) < 0.7 * self.rate - 1:
            return
        self.rate = min(self.max_rate, self.rate * (1 + self._step))
        self._step = min(MAX_STEP, self._step * 2)
        self._raised_at = now

    def throttled(self, now: float, retry_after: float | None = None) -> float:
        """The platform throttled a request. Returns the pause in seconds.

        The allowance is at most the number of requests accepted in the second before. Requests that were in flight when
        the first one was throttled add no information.
        """
        recent = [at for at in self._accepted if at > now - 1.0]
        pause = retry_after or 0.0
        if self._throttled_in_a_row == 0 or now >= self.blocked_until:
            self._throttled_in_a_row += 1
            first = self._throttled_in_a_row == 1
            self.knows_allowance = True
            allowance = min(self.rate, max(len(recent), self.rate * (0.7 if first else 0.6)))
            self.rate = max(MIN_RATE, allowance * SETTLE)
            growing = FIRST_PAUSE * 2.0 ** min(MAX_DOUBLINGS, self._throttled_in_a_row - 1)
            pause = max(pause, 0.5 / self.rate, min(MAX_PAUSE, growing))
            if recent:
                # Until then the window is full. After a second throttled request, wait until more of the window
                # is free.
                freed = 0 if first else int(len(recent) * FREED_BEFORE_PROBE)
                pause = max(pause, recent[freed] + WINDOW - now)
        self.blocked_until = max(self.blocked_until, now + pause)
        self._since_throttled, self._quiet_from = 0, now
        self._step, self._raised_at = FIRST_STEP, now
        return max(0.0, self.blocked_until - now)

    def limit(self, max_rate: float) -> None:
        """Applies an upper limit immediately."""
        self.max_rate = max_rate
        self.rate = min(self.rate, max_rate)

    def learned(self) -> dict[str, Any]:
        """The state to store for the next holder."""
        return {"rate": round(self.rate, 3), "known": self.knows_allowance}
