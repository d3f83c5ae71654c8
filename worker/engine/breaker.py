"""Tells an outage of the API from a bad product, and keeps an outage from burning the attempts of every job. Pure.

Closed: jobs start. Open: none starts until the probe is due. Half open: one job, the probe, is on its way; if the API
answers, all go on, if not, the next probe comes after twice the time. Time comes in as monotonic seconds.

An outage is five different jobs in a row that got no answer or a 5xx, of two shops at least when several are at work;
one product or one shop that the platform chokes on is neither.
"""

from __future__ import annotations

import math
from typing import Literal

JOBS_IN_A_ROW = 5
SHOPS_AT_LEAST = 2
FIRST_PROBE, LARGEST_PROBE = 1.0, 60.0
PROBE_LOST_SECONDS = 180.0
"""A probe that never told how it ended (its lease was lost) is replaced after so long."""

BreakerState = Literal["closed", "open", "half_open"]
JobKey = tuple[str, str]
"""Shop id and job id."""


class Breaker:
    def __init__(self) -> None:
        self.state: BreakerState = "closed"
        self.interval = FIRST_PROBE
        self._failed: set[JobKey] = set()
        self._next_start = -math.inf
        self._probe: JobKey | None = None

    @property
    def next_start(self) -> float:
        """The moment from which a job may start; minus infinity while all is well."""
        return self._next_start

    def started(self, job: JobKey, now: float) -> None:
        """A job has started; when the breaker is not closed it is the probe."""
        if self.state != "closed":
            self.state = "half_open"
            self._probe = job
            self._next_start = now + PROBE_LOST_SECONDS

    def succeeded(self) -> bool:
        """The API answered a job, whatever it said; True when that ends an outage."""
        self._failed.clear()
        if self.state == "closed":
            return False
        self.state, self.interval = "closed", FIRST_PROBE
        self._next_start, self._probe = -math.inf, None
        return True

    def failed(self, job: JobKey, now: float, shops_at_work: int) -> bool:
        """The API did not answer a job; True when that begins an outage."""
        if self.state == "closed":
            self._failed.add(job)
            shops = len({shop_id for shop_id, _ in self._failed})
            if len(self._failed) < JOBS_IN_A_ROW or shops < min(SHOPS_AT_LEAST, shops_at_work):
                return False
            self.state = "open"
            self._next_start = now + self.interval
            return True
        if self.state == "half_open" and job == self._probe:
            self.interval = min(LARGEST_PROBE, self.interval * 2)
            self.state, self._probe = "open", None
            self._next_start = now + self.interval
        return False

    def inconclusive(self, job: JobKey, now: float) -> None:
        """A job ended without asking the API; when it was the probe, another one may follow at once."""
        if self.state == "half_open" and job == self._probe:
            self.state, self._probe = "open", None
            self._next_start = now
