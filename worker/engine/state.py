"""The shared state of an engine's loops: held shops, free slots and the events that wake each loop."""

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
"""Seconds for which a shop with a corrupt lane is quarantined. Only an operator can repair the lane."""

log = structlog.get_logger("relist.engine")


@dataclass(slots=True, eq=False, kw_only=True)
class EngineState:
    options: EngineOptions
    handlers: Mapping[str, JobHandler]
    """Job kind -> handler."""
    consumer: LaneConsumer
    relay: OutcomeRelay
    observer: Observer
    clock: Callable[[], float]
    redis_clock: RedisClock
    global_limiter: GlobalRateLimiter | None
    slots: int
    """Number of free slots."""
    body_bytes: int = 0
    """Bytes of the running jobs' bodies."""
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    held: dict[str, HeldShop] = field(default_factory=dict)
    needs_commit: set[HeldShop] = field(default_factory=set)
    needs_claim: set[HeldShop] = field(default_factory=set)
    """Shops that may need a claim or a place in the dispatch heap."""
    releasing: list[HeldShop] = field(default_factory=list)
    """Shops in the phase RELEASING."""
    draining: bool = False
    stopped_by: StopWorker | None = None
    """The reason why the engine must stop."""
    dispatch_now: asyncio.Event = field(default_factory=asyncio.Event)
    commit_now: asyncio.Event = field(default_factory=asyncio.Event)
    take_now: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def has_room_for_bodies(self) -> bool:
        return self.body_bytes < self.options.max_body_bytes

    def check(self, holds: bool, name: str, shop_id: str = "") -> None:
        """Checks an invariant of the engine. Raises AssertionError if assertions are fatal."""
        if holds:
            return
        log.error("engine_assertion_failed", assertion=name, shop_id=shop_id)
        self.observer.assertion_failed(name)
        if self.options.fatal_assertions:
            raise AssertionError(f"{name} (shop {shop_id})")

    def stop(self, reason: StopWorker) -> None:
        """Ends `LaneEngine.run` with this reason; no more jobs start."""
        self.stopped_by = self.stopped_by or reason
        self.dispatch_now.set()

    def holds(self, shop: HeldShop) -> bool:
        """Whether this lease is still held. The shop may have been lost and taken again under another lease."""
        return self.held.get(shop.shop_id) is shop

    def after_change(self, shop: HeldShop) -> None:
        """Wakes the loop that has work for this shop."""
        if shop.finished:
            now = self.clock()
            shop.note_finished(now)
            if shop.must_commit(now) or not self.needs_commit:
                self.commit_now.set()
            self.needs_commit.add(shop)
        else:
            self.release_if_idle(shop)
        self.needs_claim.add(shop)
        self.dispatch_now.set()

    def release_if_idle(self, shop: HeldShop) -> None:
        """Queues the shop for release if it is idle and its lane is empty."""
        if shop.is_idle and self.holds(shop) and (not shop.is_open or not shop.has_work):
            self.check(not shop.claiming and not shop.committing, "an idle shop has no call in progress", shop.shop_id)
            shop.on("idle")
            if shop.phase is ShopPhase.RELEASING and shop not in self.releasing:
                self.releasing.append(shop)
                self.take_now.set()

    def drain(self, shop: HeldShop) -> None:
        """Starts no more jobs of the shop, which is released once it is idle."""
        shop.on("drain")
        # The job released last becomes the head of the lane, so going backwards keeps the order.
        while shop.buffer:
            job, _ = shop.buffer.pop()
            shop.finished.append(Release(job.id))
        self.after_change(shop)

    def halt(self, shop: HeldShop, delay: float | None) -> None:
        """Drains a paused or parked shop. It waits `delay` seconds after its release; None means until resumed."""
        shop.halt(delay)
        self.drain(shop)

    def reacquire(self, shop: HeldShop) -> None:
        """Releases the shop so that it is taken again. Opening a lane moves jobs that no worker runs to its head."""
        shop.waiting = max(1, shop.waiting)
        self.drain(shop)

    def quarantine(self, shop: HeldShop, error: Exception) -> None:
        """Pauses a shop with a corrupt lane, for which retrying is useless, so that it does not block others.

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
        """Gives up a shop whose lease another worker has; that worker runs uncommitted jobs again."""
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
