"""Takes shops and gives them back, one round a second or at once when something has changed; and renews their leases,
beside the rounds: of a cluster a server that is frozen can hold a round up for longer than a lease lasts."""

from __future__ import annotations

import asyncio

import structlog
from redis.exceptions import RedisError

from redis_client.connect import REDIS_UNAVAILABLE
from shop_queue.consumer import FencedError
from shop_queue.corrupt_lane import is_lane_corruption
from shop_queue.leases import Lease, Leases
from worker.engine.call_permits import ShopRateLimiter
from worker.engine.held_shop import HeldShop
from worker.engine.state import BROKEN_SECONDS, RECONNECT_SECONDS, EngineState, wait

log = structlog.get_logger("relist.engine")

TAKE_AT_ONCE = 16
"""Shops a take asks for: few, so that workers that start together share."""


class LeaseLoop:
    def __init__(self, state: EngineState, leases: Leases) -> None:
        self._state, self._leases = state, leases
        self._last_renewal = state.clock()
        self._unopened: dict[Lease, float] = {}
        """Leases taken and when they end, their lanes not opened yet: Redis went away in between."""
        self._taking = False

    @property
    def brings_shops(self) -> bool:
        """Shops may still come to be held: what was asked for before a drain is given back by it too."""
        return self._taking or bool(self._unopened)

    async def run(self) -> None:
        state = self._state
        while True:
            state.look_for_shops.clear()
            try:
                pause = await self._round()
            except REDIS_UNAVAILABLE as error:
                state.observer.redis_unavailable(type(error).__name__)
                pause = RECONNECT_SECONDS
                await asyncio.sleep(pause)
            await wait(state.look_for_shops, pause)

    async def renew(self) -> None:
        """Renews the leases in time, whatever the rounds wait for."""
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

    async def leave(self) -> None:
        """Tells the other workers that this one takes no more shops. Raises RedisError."""
        await self._leases.leave()

    async def _round(self) -> float:
        """Release, take. Returns the seconds until the next."""
        state, options = self._state, self._state.options
        await self._release_closed()
        if state.draining:
            await self._open_taken()
            return 0.05
        room = min(TAKE_AT_ONCE, options.max_shops - len(state.held))
        asked = state.clock()
        self._taking = True
        try:
            taken = await self._leases.take(room, len(state.held))
            self._unopened.update((lease, asked + options.lease_seconds) for lease in taken.leases)
        finally:
            self._taking = False
        state.redis_clock.heard(taken.server_seconds)
        for seconds in taken.waited_seconds:
            state.observer.shop_waited(seconds)
        await self._open_taken()
        if state.app is not None:
            state.app.grant(taken.app_rate)
        self._yield_to_others(taken.fair_share, taken.shops_waiting)
        if len(taken.leases) == room and taken.shops_waiting:
            return 0.0
        return min(1.0, options.lease_seconds / 6, taken.next_due_seconds or 1.0)

    async def _renew(self) -> None:
        state = self._state
        asked = state.clock()
        # Those that are being given back at this moment would look lost.
        shops = [shop for shop in state.held.values() if not (shop.idle and shop in state.releasing)]
        lost = await self._leases.renew([shop.lease for shop in shops])
        for shop in shops:
            if shop.shop_id in lost:
                state.drop(shop)
            else:
                shop.lease_ends = asked + state.options.lease_seconds
                state.needs_claim.add(shop)
        self._last_renewal = asked
        state.dispatch_now.set()

    async def _open_taken(self) -> None:
        """Opens what was taken, and forgets a lease that ended before its lane could be opened."""
        now = self._state.clock()
        self._unopened = {lease: ends for lease, ends in self._unopened.items() if ends > now}
        # All to their end, whatever happens to one: a lane still being opened must not be opened again beside it.
        opening = (self._open(lease, ends) for lease, ends in list(self._unopened.items()))
        for problem in await asyncio.gather(*opening, return_exceptions=True):
            if problem is not None:
                raise problem

    async def _open(self, lease: Lease, lease_ends: float) -> None:
        state, options = self._state, self._state.options
        try:
            opened = await state.holder.open(lease)
        except FencedError:
            del self._unopened[lease]
            return
        except RedisError as error:
            if not is_lane_corruption(error):
                raise
            log.error("lane_corrupted", shop_id=lease.shop_id, error=str(error))
            state.observer.redis_unavailable("CorruptLane")
            del self._unopened[lease]
            await self._leases.release([(lease, BROKEN_SECONDS)])
            return
        del self._unopened[lease]
        if old := state.held.get(lease.shop_id):
            # This worker slept through its own lease, and is its own heir.
            state.drop(old)
        now = state.clock()
        pacing = ShopRateLimiter(opened.pace, options.default_rate, options.max_rate, now, opened.limit)
        shop = HeldShop(lease, pacing, now + options.slice_seconds, lease_ends)
        state.held[lease.shop_id] = shop
        state.observer.lease_taken(lease.shop_id, opened.recovered)
        # A worker that died may have left outcomes behind.
        state.relay.note(lease.shop_id)
        if opened.state != "active":
            shop.release_in, shop.rests = opened.until_seconds, True
            state.close(shop)
        elif state.draining:
            state.close(shop)
        state.after_change(shop)

    def _yield_to_others(self, fair_share: int, shops_waiting: int) -> None:
        """Closes shops above the fair share, and those whose slice is over while others wait."""
        state = self._state
        now = state.clock()
        over = [shop for shop in state.held.values() if not shop.closing and shop.slice_ends <= now]
        over.sort(key=lambda shop: shop.slice_ends)
        excess = len(state.held) - fair_share
        if excess > 0:
            count_to_close = excess
        else:
            count_to_close = shops_waiting if len(state.held) >= min(fair_share, state.options.max_shops) else 0
        for shop in over[:count_to_close]:
            state.close(shop)

    async def _release_closed(self) -> None:
        state = self._state
        batch = [shop for shop in state.releasing if shop.idle and state.holds(shop)]
        if not batch:
            state.releasing.clear()
            return
        await self._leases.release([(shop.lease, _rest_seconds(shop)) for shop in batch])
        state.releasing = [shop for shop in state.releasing if shop not in batch]
        for shop in batch:
            # On a cluster its server may have been away since its last commit.
            state.relay.note(shop.shop_id)
            if state.holds(shop):
                del state.held[shop.shop_id]
                state.observer.lease_released(shop.shop_id)


def _rest_seconds(shop: HeldShop) -> float | None:
    """How long the shop rests after its release; None = until somebody wakes it."""
    if shop.rests:
        return shop.release_in
    return 0.0 if shop.waiting else shop.next_due
