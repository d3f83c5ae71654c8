"""A shop held by this worker: its phase, its claimed and running jobs, and its uncommitted results."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import orjson

from model.job import Job
from shop_queue.consumer import Operation
from shop_queue.leases import Lease
from worker.engine.call_permits import ShopRateLimiter
from worker.engine.shop_phase import OPEN, PhaseEvent, ShopPhase, next_phase

COMMIT_SECONDS = 0.2
"""Seconds for which a result may wait for further results of its shop, so that one transaction commits them all."""
COMMIT_SIZE = 16
"""Number of results that are committed without waiting for more; a larger transaction hardly reduces the cost per
result.
"""


@dataclass(slots=True, eq=False)
class HeldShop:
    lease: Lease
    rate_limiter: ShopRateLimiter
    slice_ends: float
    """Monotonic time from which the shop is released if others wait."""
    lease_ends: float
    """Monotonic end of the lease, counted from before the request to the server. No job starts after it."""
    phase: ShopPhase = ShopPhase.ACTIVE
    release_delay: float | None = None
    """Seconds for which the shop waits after a halt or a quarantine; None means until it is resumed."""
    is_halted: bool = False
    """Whether `release_delay` applies. It stays set in the phase RELEASING."""
    buffer: deque[tuple[Job, int]] = field(default_factory=deque)
    """Claimed jobs, each with the number of workers that crashed while they held it."""
    running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    finished: list[Operation] = field(default_factory=list)
    """Results to commit."""
    unacked_commit_size: int = 0
    """Number of the first `finished` results that were sent in a commit without a reply. They are resent unchanged."""
    commit_at: float | None = None
    """Monotonic time from which `finished` is committed in any case; None while nothing waits."""
    answered_at: float = -math.inf
    """Monotonic time of the API's last response to a job or a probe of the shop."""
    largest_body: int = 0
    """Bytes of the largest job body claimed so far."""
    stored_rates: dict[str, Any] | None = None
    """The learned rates that the lane is known to hold."""
    commit_count: int = 0
    """Number of commits under this lease; a repeated commit counts once."""
    waiting: int = 1
    """Number of jobs left in the lane when it was last read. A new shop counts as having work."""
    next_due: float | None = None
    """Seconds until the lane's next delayed job is due."""
    claiming: bool = False
    committing: bool = False
    scheduled: bool = False
    """Whether the dispatch loop has the shop in its heap."""
    next_start: float = math.inf
    """Monotonic time for which it is in the heap."""
    was_served: bool = False
    """Whether a job has started under this lease."""
    pace: float | None = None
    """Jobs started per second between the last two claims; None before the second claim."""
    started: int = 0
    """Number of jobs started since `measured_at`."""
    measured_at: float | None = None

    @property
    def shop_id(self) -> str:
        return self.lease.shop_id

    def on(self, event: PhaseEvent) -> None:
        self.phase = next_phase(self.phase, event)

    def halt(self, delay: float | None) -> None:
        """Drains the shop for a pause or park of `delay` seconds; None means until resumed. The first halt counts."""
        if not self.is_halted:
            self.is_halted, self.release_delay = True, delay
            self.on("halt")

    @property
    def is_open(self) -> bool:
        """Whether jobs of the shop may still be claimed."""
        return self.phase in OPEN

    @property
    def has_work(self) -> bool:
        """Whether the lane has something to claim now, as far as this worker knows."""
        return bool(self.waiting) or (self.next_due is not None and self.next_due <= 0)

    def may_start(self, now: float) -> bool:
        return self.phase is ShopPhase.ACTIVE and self.lease_ends > now

    def note_start(self) -> None:
        self.was_served = True
        self.started += 1

    def measure_pace(self, now: float) -> None:
        """Call this at the opening of the lane and before each further claim."""
        if self.measured_at is not None and now > self.measured_at:
            self.pace = self.started / (now - self.measured_at)
        self.started, self.measured_at = 0, now

    def awaits_first_turn(self, now: float) -> bool:
        """Whether its first job under this lease may start, and waits only for the other shops of this worker."""
        return not self.was_served and self.scheduled and self.next_start <= now

    def note_finished(self, now: float) -> None:
        if self.commit_at is None:
            self.commit_at = now + COMMIT_SECONDS

    def must_commit(self, now: float) -> bool:
        """Whether the results cannot wait for more: the shop has no other jobs here, or there are enough results."""
        if not self.finished or self.unacked_commit_size or not self.is_open or not (self.buffer or self.running):
            return True
        return len(self.finished) >= COMMIT_SIZE or self.commit_at is None or self.commit_at <= now

    def unstored_rates(self) -> dict[str, Any] | None:
        """The learned rates, if they differ from those that the lane holds."""
        learned = self.rate_limiter.learned()
        return learned if learned != self.stored_rates else None

    def add_claimed(self, job: Job, crashes: int) -> None:
        self.buffer.append((job, crashes))
        self.largest_body = max(self.largest_body, body_bytes(job))

    def forget(self) -> None:
        """Drops claimed jobs and results; the next holder runs these jobs again."""
        self.buffer.clear()
        self.finished.clear()
        self.unacked_commit_size, self.commit_at = 0, None

    @property
    def known_jobs(self) -> int:
        """Number of jobs of the lane's in-flight set that this process holds."""
        return len(self.buffer) + len(self.running) + len(self.finished)

    @property
    def is_idle(self) -> bool:
        """Whether this process has no jobs or results of the shop left."""
        return not (self.buffer or self.running or self.finished or self.claiming or self.committing)


def body_bytes(job: Job) -> int:
    """The size of a job's body; 0 for jobs that only name a product."""
    return len(orjson.dumps(job.product)) if job.product else 0
