"""When the next request of a shop may leave: even spacing at a rate that is discovered, since none is published.

Pure: time comes in as monotonic seconds. One `RateLimiter` per endpoint class: reads and writes have separate
allowances. The platform counts in a sliding second, so the number of requests it accepted in the second before a refusal
*is* the allowance; after a refusal the rate settles just below that, and rises again only after a quiet stretch, in
steps that double, so that a wrong step costs one request in a few hundred and a doubled allowance is found in seconds.
Facts: docs/platform-facts.md.
"""

from __future__ import annotations

from collections import deque
from typing import Any

SETTLE = 0.98
"""Share of the measured allowance that is used."""
QUIET_REQUESTS, QUIET_SECONDS = 250, 12.0
"""What must have gone well since the last refusal before a higher rate is tried."""
PATIENCE_REQUESTS, PATIENCE_SECONDS = 120, 30.0
"""The same for slow shops, for which so many requests would take minutes."""
FIRST_STEP, LARGEST_STEP = 0.02, 0.25
FIRST_PAUSE, LARGEST_PAUSE = 0.05, 60.0
MOST_DOUBLINGS = 11
"""Enough to reach the largest pause from the first; a thousand would be more than a float holds."""
WINDOW = 1.05
"""Seconds after which an accepted request counts no more: the platform's second, and the jitter of the way there."""
FREED_BEFORE_PROBE = 0.3
"""Share of the window that must be free again before the next try when the first try was refused too."""
SLOWEST = 0.05
"""Requests a second that are always tried, or a shop could never recover."""


class RateLimiter:
    """`rate` in requests a second; infinity means no pacing at all."""

    def __init__(self, rate: float, max_rate: float, now: float, *, knows_allowance: bool = False) -> None:
        self.rate = min(rate, max_rate)
        self.max_rate = max_rate
        self.knows_allowance = knows_allowance
        self.blocked_until = now
        self._next = now + 1 / self.rate
        self._accepted: deque[float] = deque()
        self._since_refusal = 0
        self._quiet_from = now
        self._step = LARGEST_STEP if not knows_allowance else FIRST_STEP
        self._raised_at = now
        self._refusals_in_row = 0

    def earliest(self) -> float:
        """The moment from which the next request may be reserved."""
        return max(self._next, self.blocked_until)

    def reserve(self, now: float) -> float:
        """Takes the next sending time and returns it. A late caller catches up by half an interval, never more."""
        interval = 1 / self.rate
        at = max(self.earliest(), now)
        self._next = max(self.earliest() + interval, at + interval / 2)
        return at

    def succeeded(self, now: float) -> None:
        """The platform accepted a request."""
        self._accepted.append(now)
        while self._accepted and self._accepted[0] <= now - 1.0:
            self._accepted.popleft()
        self._since_refusal += 1
        if now >= self.blocked_until:
            self._refusals_in_row = 0
        if not self.knows_allowance or self._has_been_quiet(now):
            self._rise(now, every=1.0)

    def _has_been_quiet(self, now: float) -> bool:
        requests, seconds = self._since_refusal, now - self._quiet_from
        return (requests >= QUIET_REQUESTS and seconds >= QUIET_SECONDS) or (
            requests >= PATIENCE_REQUESTS and seconds >= PATIENCE_SECONDS
        )

    def _rise(self, now: float, every: float) -> None:
        if now - self._raised_at < max(every, 2 / self.rate) or self.rate >= self.max_rate:
            return
        # Only a rate that was used proves anything.
        if len(self._accepted) < 0.7 * self.rate - 1:
            return
        self.rate = min(self.max_rate, self.rate * (1 + self._step))
        self._step = min(LARGEST_STEP, self._step * 2)
        self._raised_at = now

    def refused(self, now: float, retry_after: float | None = None) -> float:
        """The platform throttled a request; returns the pause in seconds.

        A refusal says that the allowance is not above the number accepted within the second before it. Requests that
        were under way at the first refusal say nothing new.
        """
        recent = [at for at in self._accepted if at > now - 1.0]
        pause = retry_after or 0.0
        if self._refusals_in_row == 0 or now >= self.blocked_until:
            self._refusals_in_row += 1
            first = self._refusals_in_row == 1
            self.knows_allowance = True
            allowance = min(self.rate, max(len(recent), self.rate * (0.7 if first else 0.6)))
            self.rate = max(SLOWEST, allowance * SETTLE)
            growing = FIRST_PAUSE * 2.0 ** min(MOST_DOUBLINGS, self._refusals_in_row - 1)
            pause = max(pause, 0.5 / self.rate, min(LARGEST_PAUSE, growing))
            if recent:
                # Sooner the window is still full and a refusal is sure; after a second one it must be clearly emptier.
                freed = 0 if first else int(len(recent) * FREED_BEFORE_PROBE)
                pause = max(pause, recent[freed] + WINDOW - now)
        self.blocked_until = max(self.blocked_until, now + pause)
        self._since_refusal, self._quiet_from = 0, now
        self._step, self._raised_at = FIRST_STEP, now
        return max(0.0, self.blocked_until - now)

    def limit(self, max_rate: float) -> None:
        """A person's ceiling, taken over at once."""
        self.max_rate = max_rate
        self.rate = min(self.rate, max_rate)

    def learned(self) -> dict[str, Any]:
        """What the next holder should know."""
        return {"rate": round(self.rate, 3), "known": self.knows_allowance}
