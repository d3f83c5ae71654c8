"""What the loops of an engine share: the shops it holds, its free slots, and who is to be woken for what."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from shop_queue.consumer import LaneConsumer, Release
from shop_queue.outcome_relay import OutcomeRelay
from worker.engine.circuit_breaker import Breaker
from worker.engine.global_rate_limiter import GlobalRateLimiter
from worker.engine.held_shop import HeldShop
from worker.engine.job_handler import JobHandler
from worker.engine.observer import Observer
from worker.engine.options import EngineOptions
from worker.engine.redis_clock import RedisClock

RECONNECT_SECONDS = 0.2
BROKEN_SECONDS = 60.0
"""How long a shop rests whose lane is broken: until somebody may have mended it."""

log = structlog.get_logger("relist.engine")


@dataclass(slots=True, eq=False)
class EngineState:
    options: EngineOptions
    kinds: Mapping[str, JobHandler]
    holder: LaneConsumer
    relay: OutcomeRelay
    observer: Observer
    clock: Callable[[], float]
    redis_clock: RedisClock
    app: GlobalRateLimiter | None
    slots: int
    breaker: Breaker = field(default_factory=Breaker)
    held: dict[str, HeldShop] = field(default_factory=dict)
    needs_commit: set[HeldShop] = field(default_factory=set)
    """Shops with something to commit."""
    needs_claim: set[HeldShop] = field(default_factory=set)
    """Shops that may need a claim, or a place in the order of starts."""
    releasing: list[HeldShop] = field(default_factory=list)
    draining: bool = False
    dispatch_now: asyncio.Event = field(default_factory=asyncio.Event)
    commit_now: asyncio.Event = field(default_factory=asyncio.Event)
    look_for_shops: asyncio.Event = field(default_factory=asyncio.Event)

    def holds(self, shop: HeldShop) -> bool:
        """Whether this very lease is still held: the shop may have been lost and taken again."""
        return self.held.get(shop.shop_id) is shop

    def after_change(self, shop: HeldShop) -> None:
        """Wakes whichever loop has something to do for this shop now."""
        if shop.finished:
            self.needs_commit.add(shop)
            self.commit_now.set()
        else:
            self.release_if_idle(shop)
        self.needs_claim.add(shop)
        self.dispatch_now.set()

    def release_if_idle(self, shop: HeldShop) -> None:
        """Has the shop given back when nothing of it is left here and nothing waits in its lane."""
        if shop.idle and self.holds(shop) and (shop.closing or not shop.has_work):
            shop.closing = True
            if shop not in self.releasing:
                self.releasing.append(shop)
            self.look_for_shops.set()

    def close(self, shop: HeldShop) -> None:
        """Starts no more of the shop's jobs; it is released when nothing of it is left here."""
        shop.closing = True
        # The last one handed back becomes the head, so the order is kept by going backwards.
        while shop.buffer:
            job, _ = shop.buffer.pop()
            shop.finished.append(Release(job.id))
        self.after_change(shop)

    def reacquire(self, shop: HeldShop) -> None:
        """Gives the shop back to be taken anew, which puts in-flight jobs that nobody works on at the head."""
        shop.waiting = max(1, shop.waiting)
        self.close(shop)

    def quarantine(self, shop: HeldShop, error: Exception) -> None:
        """Nothing can be claimed from this lane, or committed to it, and waiting does not mend it: the shop rests, so
        that it holds nothing up. What was in flight is put back by the next holder."""
        log.error("lane_corrupted", shop_id=shop.shop_id, error=str(error))
        self.observer.redis_unavailable("CorruptLane")
        shop.closing = shop.rests = True
        shop.release_in = BROKEN_SECONDS
        shop.forget()
        self.needs_commit.discard(shop)
        self.release_if_idle(shop)

    def drop(self, shop: HeldShop) -> None:
        """The lease is another worker's now: whatever was not committed is that worker's to do again."""
        shop.closing = True
        shop.forget()
        self.needs_commit.discard(shop)
        for task in list(shop.running.values()):
            task.cancel()
        # On a cluster, a commit whose answer was lost with its server may have left outcomes behind.
        self.relay.note(shop.shop_id)
        if self.holds(shop):
            del self.held[shop.shop_id]
            self.observer.lease_lost(shop.shop_id)


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Until the event or for so long; always lets the others run."""
    if seconds <= 0 or event.is_set():
        await asyncio.sleep(0)
        return
    timer = asyncio.get_running_loop().call_later(seconds, event.set)
    try:
        await event.wait()
    finally:
        timer.cancel()
