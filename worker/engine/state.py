"""The state that the loops of an engine share: held shops, free slots, and the events that wake each loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from shop_queue.consumer import LaneConsumer, Release
from shop_queue.outcome_relay import OutcomeRelay
from worker.engine.circuit_breaker import CircuitBreaker
from worker.engine.global_rate_limiter import GlobalRateLimiter
from worker.engine.held_shop import HeldShop
from worker.engine.job_handler import JobHandler
from worker.engine.observer import Observer
from worker.engine.options import EngineOptions
from worker.engine.redis_clock import RedisClock
from worker.engine.results import StopWorker
from worker.engine.shop_phase import ShopPhase

RECONNECT_SECONDS = 0.2
QUARANTINE_SECONDS = 60.0
"""How long a shop with a corrupted lane is left alone. Only an operator can repair the lane."""

log = structlog.get_logger("relist.engine")


@dataclass(slots=True, eq=False, kw_only=True)
class EngineState:
    options: EngineOptions
    handlers: Mapping[str, JobHandler]
    """By job kind."""
    consumer: LaneConsumer
    relay: OutcomeRelay
    observer: Observer
    clock: Callable[[], float]
    redis_clock: RedisClock
    global_limiter: GlobalRateLimiter | None
    slots: int
    """Jobs that could start now."""
    body_bytes: int = 0
    """Bodies of running jobs."""
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    held: dict[str, HeldShop] = field(default_factory=dict)
    needs_commit: set[HeldShop] = field(default_factory=set)
    needs_claim: set[HeldShop] = field(default_factory=set)
    """Shops that may need a claim or a place in the dispatch heap."""
    releasing: list[HeldShop] = field(default_factory=list)
    """Shops in the phase RELEASING."""
    draining: bool = False
    stopped_by: StopWorker | None = None
    """Why the engine must stop."""
    dispatch_now: asyncio.Event = field(default_factory=asyncio.Event)
    commit_now: asyncio.Event = field(default_factory=asyncio.Event)
    take_now: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def has_room_for_bodies(self) -> bool:
        return self.body_bytes < self.options.max_body_bytes

    def stop(self, reason: StopWorker) -> None:
        """Ends `LaneEngine.run` with this reason. Nothing more starts."""
        self.stopped_by = self.stopped_by or reason
        self.dispatch_now.set()

    def holds(self, shop: HeldShop) -> bool:
        """Whether this lease is still held. The shop may have been lost and taken again under another lease."""
        return self.held.get(shop.shop_id) is shop

    def after_change(self, shop: HeldShop) -> None:
        """Wakes the loop that has something to do for this shop."""
        if shop.finished:
            self.needs_commit.add(shop)
            self.commit_now.set()
        else:
            self.release_if_idle(shop)
        self.needs_claim.add(shop)
        self.dispatch_now.set()

    def release_if_idle(self, shop: HeldShop) -> None:
        """Queues the shop for release when nothing of it is left here and nothing waits in its lane."""
        if shop.is_idle and self.holds(shop) and (not shop.is_open or not shop.has_work):
            shop.on("idle")
            if shop.phase is ShopPhase.RELEASING and shop not in self.releasing:
                self.releasing.append(shop)
                self.take_now.set()

    def drain(self, shop: HeldShop) -> None:
        """Starts no more jobs of the shop. It is released when nothing of it is left here."""
        shop.on("drain")
        # The job released last becomes the head of the lane, so going backwards keeps the order.
        while shop.buffer:
            job, _ = shop.buffer.pop()
            shop.finished.append(Release(job.id))
        self.after_change(shop)

    def halt(self, shop: HeldShop, delay: float | None) -> None:
        """Drains a paused or parked shop. It waits `delay` seconds after its release; None = until it is resumed."""
        shop.halt(delay)
        self.drain(shop)

    def reacquire(self, shop: HeldShop) -> None:
        """Releases the shop to be taken again. Opening a lane moves jobs that no worker runs to its head."""
        shop.waiting = max(1, shop.waiting)
        self.drain(shop)

    def quarantine(self, shop: HeldShop, error: Exception) -> None:
        """The lane is corrupted and retrying will not help. Pauses the shop so that it does not block others.

        The next holder moves the jobs that were in flight back to the head of the lane.
        """
        log.error("lane_corrupted", shop_id=shop.shop_id, error=str(error))
        self.observer.redis_unavailable("CorruptLane")
        shop.on("corrupt")
        shop.is_halted, shop.release_delay = True, QUARANTINE_SECONDS
        shop.forget()
        self.needs_commit.discard(shop)
        self.release_if_idle(shop)

    def abandon(self, shop: HeldShop) -> None:
        """Another worker has the lease, and runs again whatever was not committed."""
        shop.on("lose")
        shop.forget()
        self.needs_commit.discard(shop)
        for task in list(shop.running.values()):
            task.cancel()
        # On a cluster, a commit whose reply was lost with its server may have left outcomes in the outbox.
        self.relay.note(shop.shop_id)
        if self.holds(shop):
            del self.held[shop.shop_id]
            self.observer.lease_lost(shop.shop_id)


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Waits for the event, at most `seconds`. Always yields to other tasks."""
    if seconds <= 0 or event.is_set():
        await asyncio.sleep(0)
        return
    timer = asyncio.get_running_loop().call_later(seconds, event.set)
    try:
        await event.wait()
    finally:
        timer.cancel()
