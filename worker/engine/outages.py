"""Finds the scope of a failure when a job gets no usable response: the product, the shop or the API.

A failing product is not evidence about the API. So a call that is known to be good, the *probe*, is sent for the same
shop. If the API responds, the failure concerns the product and uses an attempt. If not, other held shops are probed: if
the API responds for one of them, the shop backs off; otherwise the circuit opens until a probe succeeds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

import structlog

from authorisation.causes import Cause
from worker.engine.call_permits import JobPermits, LeaseOver
from worker.engine.held_shop import HeldShop
from worker.engine.shop_phase import ShopPhase
from worker.engine.state import EngineState

log = structlog.get_logger("relist.engine")

PROBE_TIMEOUT_SECONDS = 10.0
MAX_OTHER_SHOPS = 2
"""Number of other shops that are probed before the circuit opens."""
SHORTEST_PAUSE, IDLE_SECONDS = 0.05, 0.5
"""Bounds of the pause between two checks of the circuit."""

FailureScope = Literal["job", "shop", "api", "unknown"]
"""`unknown`: the lease ended before the probe was sent, or none can be sent."""
Probe = Callable[[str, JobPermits], Awaitable[bool | None]]
"""Sends a call for a shop that does not depend on any product. Returns whether the API responded; None if no call can
be sent for this lane, which is not evidence.
"""


async def no_probe(shop_id: str, permits: JobPermits) -> bool:
    """The default probe, which sends nothing: only responses to other jobs prove that the API is up."""
    return False


class Outages:
    def __init__(self, state: EngineState, probe: Probe) -> None:
        self._state, self._probe = state, probe
        self._probes: dict[str, asyncio.Task[bool | None]] = {}

    async def scope(self, shop: HeldShop, error: str, cause: Cause | None = None) -> FailureScope:
        """The scope of the failure that a job of the shop has just met. `cause`: see Retry."""
        state, breaker = self._state, self._state.breaker
        if breaker.is_open:
            return "api"
        is_answered = await self._answers(shop)
        if is_answered is not False:
            return "job" if is_answered else "unknown"
        other_failed = False
        for other in self._other_shops(shop):
            if breaker.is_open:
                return "api"
            is_answered = await self._answers(other)
            if is_answered:
                return "shop"
            other_failed = other_failed or is_answered is False
        if not other_failed:
            return "shop"
        if breaker.open(state.clock()):
            log.error("circuit_opened", error=error, cause=cause.slug if cause else "", probe_seconds=breaker.interval)
            state.observer.circuit_opened(error, cause)
        return "api"

    def answered(self, shop: HeldShop) -> None:
        """Records that the API has responded to a job of the shop."""
        shop.answered_at = self._state.clock()
        if self._state.breaker.answered(shop.shop_id):
            log.info("circuit_closed")
            self._state.observer.circuit_closed()
            self._state.dispatch_now.set()

    async def run(self) -> None:
        """Probes the API while the circuit is open, one held shop after the other."""
        state, breaker, turn = self._state, self._state.breaker, 0
        while True:
            # A probe that is due may not be possible: the worker holds no shop, or its lease has ended.
            pause = breaker.next_probe - state.clock()
            await asyncio.sleep(max(SHORTEST_PAUSE, min(IDLE_SECONDS, pause)))
            if breaker.next_probe > state.clock() or not state.held:
                continue
            shops = list(state.held.values())
            turn += 1
            if await self._answers(shops[turn % len(shops)]) is False and breaker.is_open:
                breaker.probe_failed(state.clock())
                state.observer.probe_failed()

    def _other_shops(self, shop: HeldShop) -> list[HeldShop]:
        """The held shops with the most recent responses, which are the most likely to get one again."""
        open_shops = [each for each in self._state.held.values() if each is not shop and each.is_open]
        return sorted(open_shops, key=lambda each: each.answered_at, reverse=True)[:MAX_OTHER_SHOPS]

    async def _answers(self, shop: HeldShop) -> bool | None:
        """Whether the API responds for this shop now; None if no call was sent. Concurrent callers share one probe."""
        probe = self._probes.get(shop.shop_id)
        if probe is None:
            probe = asyncio.create_task(self._send_probe(shop))
            self._probes[shop.shop_id] = probe
            probe.add_done_callback(lambda _: self._probes.pop(shop.shop_id, None))
        # A cancelled job must not cancel the probe that others wait for.
        return await asyncio.shield(probe)

    async def _send_probe(self, shop: HeldShop) -> bool | None:
        state, began = self._state, self._state.clock()
        is_answered: bool | None
        permits = JobPermits(
            shop.rate_limiter,
            None,
            state.clock,
            state.global_limiter,
            state.observer,
            shop.shop_id,
            lambda: state.holds(shop) and shop.lease_ends > state.clock() and shop.phase is not ShopPhase.LOST,
        )
        try:
            async with asyncio.timeout(PROBE_TIMEOUT_SECONDS):
                is_answered = await self._probe(shop.shop_id, permits)
        except TimeoutError:
            is_answered = False
        except LeaseOver:
            is_answered = None
        # A response to a job during the probe is equally good evidence.
        if is_answered or shop.answered_at > began:
            self.answered(shop)
            return True
        return is_answered
