"""How many requests a shop may send, which nobody is told: a strict sliding second, and no bursts within it."""

from __future__ import annotations

from collections import deque

BURST_SECONDS = 0.1


class Allowance:
    """One for reads and one for writes of each shop. A refused request takes nothing from the allowance."""

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
