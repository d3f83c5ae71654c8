"""The pacing of one held shop, as the client sees it: wait for the moment to send, report how it went."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any, Literal

from worker.engine.global_rate_limiter import GlobalRateLimiter
from worker.engine.observer import Observer
from worker.engine.rate_limiter import RateLimiter

Access = Literal["read", "write"]
ACCESSES: tuple[Access, ...] = ("read", "write")
LONGEST_WAIT = 5.0
"""Seconds a job that has begun waits for its next call before it is better put back."""


class ShopRateLimiter:
    """Both paces of a shop, and how many running jobs still have their write before them."""

    def __init__(
        self,
        learned: dict[str, Any] | None,
        default_rate: float,
        max_rate: float,
        now: float,
        limit: float | None = None,
    ) -> None:
        self._unlimited_max = max_rate
        ceiling = min(max_rate, limit or math.inf)
        self.paces: dict[Access, RateLimiter] = {}
        for access in ACCESSES:
            known = (learned or {}).get(access)
            rate = known["rate"] if known else default_rate
            self.paces[access] = RateLimiter(rate, ceiling, now, knows_allowance=bool(known and known["known"]))
        self.expected_writes = 0

    def set_limit(self, limit: float | None) -> None:
        for pace in self.paces.values():
            pace.limit(min(self._unlimited_max, limit or math.inf))

    def next_start(self, now: float, first: Access | None, writes: bool) -> float:
        """When a job may start so that it can send at once, and its write soon after its read."""
        if first is None:
            return now
        at = self.paces[first].earliest()
        if writes and first == "read":
            write = self.paces["write"]
            backlog = max(0.0, write.earliest() - now) + self.expected_writes / write.rate
            allowed = max(1.0, 3 / write.rate)
            if backlog > allowed:
                at = max(at, now + backlog - allowed)
        return at

    def learned(self) -> dict[str, Any]:
        return {access: pace.learned() for access, pace in self.paces.items()}


class LeaseOver(Exception):
    """The lease ended while the job waited for its turn: nothing more may be sent for the shop."""


class JobPermits:
    """The client's gate for one job: the first call's slot was reserved when the job was started."""

    def __init__(
        self,
        pacing: ShopRateLimiter,
        reserved_access: Access | None,
        clock: Callable[[], float],
        app: GlobalRateLimiter | None = None,
        observer: Observer | None = None,
        shop_id: str = "",
        leased: Callable[[], bool] = lambda: True,
    ) -> None:
        self.answered = False
        """Whether the platform answered any call, be it with a refusal."""
        self._pacing = pacing
        self._prepaid = reserved_access
        self._clock = clock
        self._app = app
        self._observer, self._shop_id = observer or Observer(), shop_id
        self._leased = leased

    async def acquire(self, access: Access) -> None:
        """Returns at the moment the request may be sent. Raises LeaseOver."""
        if self._prepaid == access:
            self._prepaid = None
            self._check_lease()
            return
        pace = self._pacing.paces[access]
        began = self._clock()
        while True:
            now = self._clock()
            at = pace.reserve(now)
            if at > now:
                await asyncio.sleep(at - now)
            if pace.blocked_until <= self._clock():
                break
        if self._app is not None:
            now = self._clock()
            await asyncio.sleep(self._app.reserve(now) - now)
        self._check_lease()
        self._observer.pace_waited(access, self._clock() - began)

    def _check_lease(self) -> None:
        """A worker that was stopped for a while finds all its turns come at once, and perhaps another at its shop."""
        if not self._leased():
            raise LeaseOver

    async def hold(self, access: Access) -> None:
        """Returns at the moment the request may be sent, and keeps that moment for the next `acquire`.

        Raises LeaseOver."""
        if self._prepaid != access:
            await self.acquire(access)
            self._prepaid = access

    def report(self, access: Access, throttled: bool, retry_after: float | None) -> bool:
        """Tells the pace; True when waiting for another slot is better than giving the job back."""
        self.answered = True
        pace = self._pacing.paces[access]
        if not throttled:
            pace.succeeded(self._clock())
            return False
        self._observer.shop_throttled(self._shop_id)
        return pace.refused(self._clock(), retry_after) <= LONGEST_WAIT
