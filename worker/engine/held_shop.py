"""One shop this worker holds: its claimed jobs, its running ones, and what is not committed yet."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from shop_queue.holder import Operation
from shop_queue.job import Job
from shop_queue.leases import Lease
from worker.engine.shop_gate import ShopPacing


@dataclass(slots=True, eq=False)
class HeldShop:
    lease: Lease
    pacing: ShopPacing
    slice_ends: float
    buffer: deque[tuple[Job, int]] = field(default_factory=deque)
    running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    finished: list[Operation] = field(default_factory=list)
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

    @property
    def shop_id(self) -> str:
        return self.lease.shop_id

    @property
    def idle(self) -> bool:
        """Nothing of this shop is in this process any more."""
        return not (self.buffer or self.running or self.finished or self.claiming or self.committing)
