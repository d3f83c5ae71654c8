"""One shop this worker holds: its claimed jobs, its running ones, and what is not committed yet."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from model.job import Job
from shop_queue.consumer import Operation
from shop_queue.leases import Lease
from worker.engine.call_permits import ShopRateLimiter


@dataclass(slots=True, eq=False)
class HeldShop:
    lease: Lease
    pacing: ShopRateLimiter
    slice_ends: float
    lease_ends: float
    """By this process's clock, counted from before the server was asked: from then on nothing may start."""
    buffer: deque[tuple[Job, int]] = field(default_factory=deque)
    running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    finished: list[Operation] = field(default_factory=list)
    told: int = 0
    """Of `finished`, from its beginning: the commit of which no answer has come, to be told again as it was."""
    commits: int = 0
    """Under this lease, one told again counted once."""
    waiting: int = 1
    """Jobs left in the lane when it was last looked at; starts as `look`."""
    next_due: float | None = None
    claiming: bool = False
    committing: bool = False
    closing: bool = False
    release_in: float | None = None
    """Seconds the shop rests after the release, when closing for a reason of its own (a park)."""
    rests: bool = False
    """Closing into a pause or park without end: nothing to be taken up again by itself."""
    scheduled: bool = False
    changed: bool = False
    """Somebody changed the shop: nothing starts until the lane was looked at again."""
    looking: bool = False
    """The claim that looks at it again is on its way."""

    @property
    def shop_id(self) -> str:
        return self.lease.shop_id

    @property
    def has_work(self) -> bool:
        """Whether the lane has something to claim now, as far as is known here."""
        return bool(self.waiting) or self.changed or (self.next_due is not None and self.next_due <= 0)

    def forget(self) -> None:
        """What was claimed and what has ended are another's to do again."""
        self.buffer.clear()
        self.finished.clear()
        self.told = 0

    def may_start(self, now: float) -> bool:
        return not (self.closing or self.changed or self.looking) and self.lease_ends > now

    @property
    def known_jobs(self) -> int:
        """Jobs of the lane's in-flight set that this process answers for."""
        return len(self.buffer) + len(self.running) + len(self.finished)

    @property
    def idle(self) -> bool:
        """Nothing of this shop is in this process any more."""
        return not (self.buffer or self.running or self.finished or self.claiming or self.committing)
