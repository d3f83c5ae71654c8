"""Distinguishes an outage from a bad product, so that an outage does not use up the attempts of every job. Pure.

A job that got no answer, or a 5xx, has *failed*. When five different jobs of a shop fail with no answer in between, the
shop backs off, longer each time, and a single failure sends it back until the platform has answered it. When five
different jobs of at least two shops fail in a row, the API is down and the circuit opens.

Closed: jobs start. Open: none starts until the probe is due. Half open: one job, the probe, is running. If the API
answers it, the circuit closes; if not, the next probe starts after twice the time. Times are monotonic seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

FAILURES_TO_OPEN = 5
"""Different jobs in a row."""
MIN_SHOPS = 2
FIRST_BACKOFF, MAX_BACKOFF = 1.0, 60.0
"""Seconds until the next probe, and until a shop may try again."""
PROBE_TIMEOUT_SECONDS = 180.0
"""A probe that reports no result by then (its lease was lost) is replaced."""

CircuitState = Literal["closed", "open", "half_open"]
FailureScope = Literal["job", "shop", "api"]
JobKey = tuple[str, str]
"""Shop id and job id."""


@dataclass(slots=True)
class FailureRecord:
    """A shop's failures since the platform last answered it."""

    jobs: set[str] = field(default_factory=set)
    backoff: float = 0.0
    backoff_ends: float = -math.inf


class CircuitBreaker:
    def __init__(self) -> None:
        self.state: CircuitState = "closed"
        self.interval = FIRST_BACKOFF
        self.next_start = -math.inf
        """The time from which a job may start; minus infinity while the circuit is closed."""
        self._in_a_row: set[JobKey] = set()
        self._shops: dict[str, FailureRecord] = {}
        self._probe: JobKey | None = None

    def started(self, job: JobKey, now: float) -> None:
        """A job has started. If the circuit is not closed, it is the probe."""
        if self.state != "closed":
            self.state = "half_open"
            self._probe = job
            self.next_start = now + PROBE_TIMEOUT_SECONDS

    def answered(self, job: JobKey) -> bool:
        """The API answered a job, with a result or an error. True if that ends an outage."""
        self._in_a_row.clear()
        self._shops.pop(job[0], None)
        if self.state == "closed":
            return False
        self.state, self.interval = "closed", FIRST_BACKOFF
        self.next_start, self._probe = -math.inf, None
        return True

    def failed(self, job: JobKey, now: float) -> FailureScope:
        """The API did not answer a job. Returns what is down; only the scope "job" counts as an attempt of the job."""
        if self.state == "half_open" and job == self._probe:
            self.interval = min(MAX_BACKOFF, self.interval * 2)
            self._open(now)
        if self.state != "closed":
            return "api"
        self._in_a_row.add(job)
        shops = {shop_id for shop_id, _ in self._in_a_row}
        if len(self._in_a_row) >= FAILURES_TO_OPEN and len(shops) >= MIN_SHOPS:
            self._open(now)
            return "api"
        record = self._shops.setdefault(job[0], FailureRecord())
        record.jobs.add(job[1])
        if not record.backoff and len(record.jobs) < FAILURES_TO_OPEN:
            return "job"
        if now >= record.backoff_ends:
            record.backoff = min(MAX_BACKOFF, record.backoff * 2) or FIRST_BACKOFF
            record.backoff_ends = now + record.backoff
        return "shop"

    def inconclusive(self, job: JobKey, now: float) -> None:
        """A job ended without calling the API. If it was the probe, another one may start at once."""
        if self.state == "half_open" and job == self._probe:
            self.state, self._probe = "open", None
            self.next_start = now

    def backoff_seconds(self, shop_id: str, now: float) -> float:
        """How much longer a shop that is down has to wait."""
        return max(0.0, self._shops[shop_id].backoff_ends - now)

    def _open(self, now: float) -> None:
        self.state, self._probe = "open", None
        self._in_a_row.clear()
        self.next_start = now + self.interval
