"""Tells an outage from a bad product, and keeps it from burning the attempts of every job behind. Pure.

A job that got no answer, or a 5xx, is a *failure*. Failures of five different jobs of a shop with no answer in between
are the shop's: it rests, longer each time, and a single failure sends it to rest again until the platform has answered
it. Five different jobs in a row of two shops at least are the API's, and nothing starts any more:

Closed: jobs start. Open: none starts until the probe is due. Half open: one job, the probe, is on its way; if the API
answers, all go on, if not, the next probe comes after twice the time. Time comes in as monotonic seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

JOBS_IN_A_ROW = 5
SHOPS_AT_LEAST = 2
FIRST_REST, LARGEST_REST = 1.0, 60.0
"""Seconds until the next probe, and until a shop may try again."""
PROBE_LOST_SECONDS = 180.0
"""A probe that never told how it ended (its lease was lost) is replaced after so long."""

BreakerState = Literal["closed", "open", "half_open"]
FailureScope = Literal["job", "shop", "api"]
"""Whose failure it is."""
JobKey = tuple[str, str]
"""Shop id and job id."""


@dataclass(slots=True)
class FailureRecord:
    """A shop's failures since the platform last answered it."""

    jobs: set[str] = field(default_factory=set)
    rest: float = 0.0
    rest_ends: float = -math.inf


class Breaker:
    def __init__(self) -> None:
        self.state: BreakerState = "closed"
        self.interval = FIRST_REST
        self.next_start = -math.inf
        """The moment from which a job may start; minus infinity while all is well."""
        self._in_a_row: set[JobKey] = set()
        self._shops: dict[str, FailureRecord] = {}
        self._probe: JobKey | None = None

    def started(self, job: JobKey, now: float) -> None:
        """A job has started; when the breaker is not closed it is the probe."""
        if self.state != "closed":
            self.state = "half_open"
            self._probe = job
            self.next_start = now + PROBE_LOST_SECONDS

    def answered(self, job: JobKey) -> bool:
        """The API answered a job, whatever it said; True when that ends an outage."""
        self._in_a_row.clear()
        self._shops.pop(job[0], None)
        if self.state == "closed":
            return False
        self.state, self.interval = "closed", FIRST_REST
        self.next_start, self._probe = -math.inf, None
        return True

    def failed(self, job: JobKey, now: float) -> FailureScope:
        """The API did not answer a job: whose failure that is, and only a job's own counts as its attempt."""
        if self.state == "half_open" and job == self._probe:
            self.interval = min(LARGEST_REST, self.interval * 2)
            self._open(now)
        if self.state != "closed":
            return "api"
        self._in_a_row.add(job)
        if len(self._in_a_row) >= JOBS_IN_A_ROW and len({shop_id for shop_id, _ in self._in_a_row}) >= SHOPS_AT_LEAST:
            self._open(now)
            return "api"
        trouble = self._shops.setdefault(job[0], FailureRecord())
        trouble.jobs.add(job[1])
        if not trouble.rest and len(trouble.jobs) < JOBS_IN_A_ROW:
            return "job"
        if now >= trouble.rest_ends:
            trouble.rest = min(LARGEST_REST, trouble.rest * 2) or FIRST_REST
            trouble.rest_ends = now + trouble.rest
        return "shop"

    def inconclusive(self, job: JobKey, now: float) -> None:
        """A job ended without asking the API; when it was the probe, another one may follow at once."""
        if self.state == "half_open" and job == self._probe:
            self.state, self._probe = "open", None
            self.next_start = now

    def rest_seconds(self, shop_id: str, now: float) -> float:
        """How long a shop that was told to rest still has to."""
        return max(0.0, self._shops[shop_id].rest_ends - now)

    def _open(self, now: float) -> None:
        self.state, self._probe = "open", None
        self._in_a_row.clear()
        self.next_start = now + self.interval
