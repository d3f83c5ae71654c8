"""The circuit breaker of the API, and the backoff of shops for which the API does not respond. Pure.

Its decisions depend only on calls that are known to be good (worker/engine/outages.py), never on failing products
alone. Closed: jobs start. Open: no job starts; a probe call is sent when it is due, and each failed probe doubles the
time to the next one. Any response of the API closes the circuit. Times are monotonic seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

FIRST_BACKOFF, MAX_BACKOFF = 1.0, 60.0
"""Seconds until the next probe, and until a shop may try again."""


@dataclass(slots=True)
class ShopBackoff:
    seconds: float
    ends: float


class CircuitBreaker:
    def __init__(self) -> None:
        self.is_open = False
        self.interval = FIRST_BACKOFF
        """Seconds between two probes."""
        self.next_probe = math.inf
        self._shops: dict[str, ShopBackoff] = {}
        """Shops for which the API does not respond."""

    @property
    def next_start(self) -> float:
        """The time from which jobs may start."""
        return math.inf if self.is_open else -math.inf

    def answered(self, shop_id: str) -> bool:
        """Records a response of the API for this shop. Returns True if it ends an outage."""
        self._shops.pop(shop_id, None)
        if not self.is_open:
            return False
        self.is_open, self.interval, self.next_probe = False, FIRST_BACKOFF, math.inf
        return True

    def open(self, now: float) -> bool:
        """Opens the circuit because the API responds for no shop. Returns True if it was closed."""
        if self.is_open:
            return False
        self.is_open, self.next_probe = True, now + self.interval
        return True

    def probe_failed(self, now: float) -> None:
        self.interval = min(MAX_BACKOFF, self.interval * 2)
        self.next_probe = now + self.interval

    def shop_failed(self, shop_id: str, now: float) -> float:
        """Records that the API fails for this shop alone. Returns the seconds until the shop may try again."""
        backoff = self._shops.get(shop_id)
        if backoff is None:
            backoff = self._shops[shop_id] = ShopBackoff(FIRST_BACKOFF, now + FIRST_BACKOFF)
        elif now >= backoff.ends:
            backoff.seconds = min(MAX_BACKOFF, backoff.seconds * 2)
            backoff.ends = now + backoff.seconds
        return backoff.ends - now
