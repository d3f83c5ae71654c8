"""Takes and releases shops, once per second and immediately after a change, and renews their leases.

Renewal is a separate task, because one frozen cluster node can delay a round past the end of a lease.
"""

from __future__ import annotations

import asyncio

import structlog

from redis_client.connect import REDIS_UNAVAILABLE
from shop_queue.consumer import ClaimBatch, FencedError, OpenedLane
from shop_queue.corrupt_lane import is_lane_corruption
from shop_queue.leases import Lease, Leases
from worker.engine.call_permits import ShopRateLimiter
from worker.engine.claims import Claims
from worker.engine.held_shop import HeldShop
from worker.engine.shop_phase import ShopPhase
from worker.engine.state import QUARANTINE_SECONDS, RECONNECT_SECONDS, EngineState, wait

log = structlog.get_logger("relist.engine")

MAX_TAKE = 16
"""Shops requested per round; few, so that workers that start together share the shops."""


class LeaseLoop:
    def __init__(self, state: EngineState, leases: Leases, claims: Claims) -> None:
        self._state, self._leases, self._claims = state, leases, claims
        self._last_renewal = state.clock()
        self._unopened: dict[Lease, float] = {}
        """Leases whose lanes are not open yet because Redis became unavailable -> end of the lease."""
        self._changed: set[str] = set()
        """Shops whose state or limit has changed while their lanes are being opened."""
        self._taking = False

    @property
    def has_pending_shops(self) -> bool:
        """Whether further shops may be held. A drain waits for these and releases them too."""
        return self._taking or bool(self._unopened)

    async def run(self) -> None:
        state = self._state
        while True:
            state.take_now.clear()
            try:
                pause = await self._round()
            except REDIS_UNAVAILABLE as error:
                state.observer.redis_unavailable(type(error).__name__)
                pause = RECONNECT_SECONDS
                await asyncio.sleep(pause)
            await wait(state.take_now, pause)

    async def renew(self) -> None:
        """Renews the leases in time, even while a round is blocked."""
        state = self._state
        while True:
            pause = state.options.lease_seconds / 6
            try:
                if state.held and state.clock() - self._last_renewal > state.options.lease_seconds / 3:
                    await self._renew()
            except REDIS_UNAVAILABLE as error:
                state.observer.redis_unavailable(type(error).__name__)
                pause = RECONNECT_SECONDS
            await asyncio.sleep(pause)

    def note_change(self, shop_id: str) -> None:
        """The state or limit of a shop not held here has changed, perhaps after its lane was read for opening."""
        if any(lease.shop_id == shop_id for lease in self._unopened):
            self._changed.add(shop_id)

    def note_changes(self) -> None:
        """Like `note_change`, for all shops."""
        self._changed.update(lease.shop_id for lease in self._unopened)

    async def leave(self) -> None:
        """Deregisters this worker so that the others take its share of the shops. Raises RedisError."""
        await self._leases.leave()

    async def _round(self) -> float:
        """Releases and takes shops. Returns the seconds until the next round."""
        state, options = self._state, self._state.options
        await self._release()
        if state.draining:
            await self._open_taken()
            return 0.05
        room = min(MAX_TAKE, options.max_shops - len(state.held))
        asked = state.clock()
        self._taking = True
        try:
            taken = await self._leases.take(room, len(state.held))
            self._unopened.update((lease, asked + options.lease_seconds) for lease in taken.leases)
        finally:
            self._taking = False
        state.redis_clock.sync(taken.server_seconds)
        for seconds in taken.waited_seconds:
            state.observer.shop_waited(seconds)
        await self._open_taken()
        if state.global_limiter is not None:
            state.global_limiter.grant(taken.app_rate)
        self._yield_to_others(taken.fair_share, taken.shops_waiting)
        # A worker without room waits for a time slice to end, instead of polling Redis without a pause.
        if room and len(taken.leases) == room and taken.shops_waiting:
            return 0.0
        return min(1.0, options.lease_seconds / 6, taken.next_due_seconds or 1.0)

    async def _renew(self) -> None:
        state = self._state
        asked = state.clock()
        # A shop whose release is in progress would look lost.
        shops = [shop for shop in state.held.values() if shop.phase is not ShopPhase.RELEASING]
        lost = await self._leases.renew([shop.lease for shop in shops])
        for shop in shops:
            if shop.shop_id in lost:
                state.abandon(shop)
            else:
                state.check(asked >= self._last_renewal, "renewals follow one another", shop.shop_id)
                shop.lease_ends = asked + state.options.lease_seconds
                state.needs_claim.add(shop)
        self._last_renewal = asked
        state.dispatch_now.set()

    async def _open_taken(self) -> None:
        """Opens the lanes of taken shops. Drops leases that ended before their lane could be opened."""
        now = self._state.clock()
        self._unopened = {lease: ends for lease, ends in self._unopened.items() if ends > now}
        # Wait for all even if one fails, because a lane must not be opened twice at the same time.
        opening = (self._open(leases) for leases in self._state.consumer.round_trips(list(self._unopened)))
        for error in await asyncio.gather(*opening, return_exceptions=True):
            if error is not None:
                raise error

    async def _open(self, leases: list[Lease]) -> None:
        count = 0 if self._state.draining else self._claims.first_size()
        self._changed.difference_update(lease.shop_id for lease in leases)
        replies = await self._state.consumer.open_and_claim(leases, count)
        failed: Exception | None = None
        for lease, (opened, claimed) in zip(leases, replies, strict=True):
            if isinstance(opened, OpenedLane):
                self._hold(lease, opened, claimed, self._unopened.pop(lease))
            elif isinstance(opened, FencedError):
                del self._unopened[lease]
            elif is_lane_corruption(opened):
                await self._quarantine(lease, opened)
            else:
                failed = opened
        if failed is not None:
            raise failed

    async def _quarantine(self, lease: Lease, error: Exception) -> None:
        log.error("lane_corrupted", shop_id=lease.shop_id, error=str(error))
        self._state.observer.redis_unavailable("CorruptLane")
        del self._unopened[lease]
        await self._leases.release([(lease, QUARANTINE_SECONDS)])

    def _hold(
        self, lease: Lease, opened: OpenedLane, claimed: ClaimBatch | Exception | None, lease_ends: float
    ) -> None:
        state, options = self._state, self._state.options
        if old := state.held.get(lease.shop_id):
            # This worker was suspended beyond the end of its lease and then took the shop again.
            state.check(lease.fence > old.lease.fence, "a later lease has a higher fence", lease.shop_id)
            state.abandon(old)
        now = state.clock()
        rate_limiter = ShopRateLimiter(opened.pace, options.default_rate, options.max_rate, now, opened.limit)
        shop = HeldShop(lease, rate_limiter, now + options.slice_seconds, lease_ends)
        shop.measure_pace(now)
        state.held[lease.shop_id] = shop
        state.observer.lease_taken(lease.shop_id, opened.recovered)
        # A worker that crashed may have left outcomes in the outbox.
        state.relay.note(lease.shop_id)
        # While the shop counts as claiming, it is not released, even if it is halted or drained.
        shop.claiming = claimed is not None
        if opened.state != "active":
            state.halt(shop, opened.until_seconds)
        elif state.draining:
            state.drain(shop)
        if claimed is None:
            state.after_change(shop)
        else:
            self._claims.opened(shop, claimed)
        if lease.shop_id in self._changed:
            shop.on("change")

    def _yield_to_others(self, fair_share: int, shops_waiting: int) -> None:
        """Drains shops above the fair share, and shops whose time slice has ended while others wait.

        A shop that waits for its first turn keeps its place in this worker's queue if others merely wait: where a round
        of all shops takes longer than a slice, it would never have a turn.
        """
        state = self._state
        now = state.clock()
        over = [shop for shop in state.held.values() if shop.is_open and shop.slice_ends <= now]
        over.sort(key=lambda shop: (shop.awaits_first_turn(now), shop.slice_ends))
        excess = len(state.held) - fair_share
        if excess > 0:
            count_to_drain = excess
        elif len(state.held) >= min(fair_share, state.options.max_shops):
            served = sum(not shop.awaits_first_turn(now) for shop in over)
            count_to_drain = min(shops_waiting, served)
        else:
            count_to_drain = 0
        for shop in over[:count_to_drain]:
            state.drain(shop)

    async def _release(self) -> None:
        state = self._state
        batch = [shop for shop in state.releasing if state.holds(shop)]
        if not batch:
            state.releasing.clear()
            return
        for shop in batch:
            state.check(shop.is_idle, "a released shop has no jobs in flight", shop.shop_id)
            state.check(shop.phase is ShopPhase.RELEASING, "only a releasing shop is released", shop.shop_id)
        await self._leases.release([(shop.lease, _release_delay(shop)) for shop in batch])
        state.releasing = [shop for shop in state.releasing if shop not in batch]
        for shop in batch:
            shop.on("release")
            # On a cluster the shop's server may have been unavailable since its last commit.
            state.relay.note(shop.shop_id)
            if state.holds(shop):
                del state.held[shop.shop_id]
                state.observer.lease_released(shop.shop_id)


def _release_delay(shop: HeldShop) -> float | None:
    """Seconds until the shop may be taken again; None means only once it is woken."""
    if shop.is_halted:
        return shop.release_delay
    return 0.0 if shop.waiting else shop.next_due
