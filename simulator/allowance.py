"""The unpublished request limits of a shop: a sliding window of one second without bursts, and the sandbox quota."""

from __future__ import annotations

from collections import deque

BURST_SECONDS = 0.1
HOUR = 3600


class Allowance:
    """The limit of a shop's reads or writes. A refused request does not count against it."""

    def __init__(self, per_second: int) -> None:
        self.per_second = per_second
        self.throttled = 0
        self.accepted_total = 0
        self._accepted: deque[float] = deque()

    def accepts(self, now: float) -> bool:
        accepted = self._accepted
        while accepted and accepted[0] <= now - 1.0:
            accepted.popleft()
        burst = max(3, self.per_second // 4)
        recent = len(accepted) >= burst and accepted[-burst] > now - BURST_SECONDS
        if len(accepted) >= self.per_second or recent:
            self.throttled += 1
            return False
        accepted.append(now)
        self.accepted_total += 1
        return True


class HourlyQuota:
    """The requests of a development shop in the current clock hour."""

    def __init__(self) -> None:
        self.refused = 0
        self._hour = 0
        self._used = 0

    def accepts(self, now: float, most: int) -> bool:
        """Counts and accepts a request unless the quota is used up; `most` = 0 means no quota."""
        hour = int(now // HOUR)
        if hour != self._hour:
            self._hour, self._used = hour, 0
        if most and self._used >= most:
            self.refused += 1
            return False
        self._used += 1
        return True
