"""The API client's interface to a shop's rate limit: it waits for a permit to send and reports the response."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any

from tiktok_shop.call_permits import Access as Access
from worker.engine.global_rate_limiter import GlobalRateLimiter
from worker.engine.observer import Observer
from worker.engine.rate_limiter import RateLimiter

ACCESSES: tuple[Access, ...] = ("read", "write")
MAX_READ_LAG = 1.0
"""Maximum seconds for which a job with a reserved write waits for its read."""
MAX_WAIT_SECONDS = 5.0
"""A throttled job that would wait longer than this for its next call is requeued."""


class ShopRateLimiter:
    """The rate limiters of a shop, one per endpoint class."""

    def __init__(
        self,
        learned: dict[str, Any] | None,
        default_rate: float,
        max_rate: float,
        now: float,
        limit: float | None = None,
    ) -> None:
        """`learned` is the result of `learned()` of an earlier holder. Rates are in requests per second."""
        self._max_rate = max_rate
        ceiling = min(max_rate, limit or math.inf)
        self.limiters: dict[Access, RateLimiter] = {}
        for access in ACCESSES:
            known = (learned or {}).get(access)
            rate = known["rate"] if known else default_rate
            self.limiters[access] = RateLimiter(rate, ceiling, now, knows_allowance=bool(known and known["known"]))

    def set_limit(self, limit: float | None) -> None:
        """Applies the operator's limit of the shop; None removes it."""
        for limiter in self.limiters.values():
            limiter.limit(min(self._max_rate, limit or math.inf))

    def next_start(self, now: float, first: Access | None) -> float:
        """Time from which a job with a permit of this class may start. A job that writes also reads soon after."""
        if first is None:
            return now
        at = self.limiters[first].earliest()
        return max(at, self.limiters["read"].earliest() - MAX_READ_LAG) if first == "write" else at

    def learned(self) -> dict[str, Any]:
        """The rates to store with the shop for its next holder."""
        return {access: limiter.learned() for access, limiter in self.limiters.items()}


class LeaseOver(Exception):
    """The lease ended while the job waited for a permit, so nothing more may be sent for the shop."""


class JobPermits:
    """The permits of one job. The first call's permit was reserved when the job started."""

    def __init__(
        self,
        rate_limiter: ShopRateLimiter,
        reserved_access: Access | None,
        clock: Callable[[], float],
        global_limiter: GlobalRateLimiter | None = None,
        observer: Observer | None = None,
        shop_id: str = "",
        is_leased: Callable[[], bool] = lambda: True,
    ) -> None:
        self.answered = False
        """Whether the platform responded to any call, even with an error."""
        self.last_access: Access | None = None
        """The endpoint class of the last call."""
        self.on_send: Callable[[Access], None] | None = None
        """Called directly before a request is sent or sent again; an error from it prevents the request."""
        self._rate_limiter = rate_limiter
        self._reserved = reserved_access
        self._clock = clock
        self._global_limiter = global_limiter
        self._observer, self._shop_id = observer or Observer(), shop_id
        self._is_leased = is_leased

    @property
    def is_settled(self) -> bool:
        """Whether every reserved permit was used or returned."""
        return self._reserved is None

    @property
    def is_leased(self) -> bool:
        """Whether this worker still holds the shop. Another one may have after a suspension."""
        return self._is_leased()

    async def acquire(self, access: Access) -> None:
        """Returns when the request may be sent. Raises LeaseOver."""
        limiter = self._rate_limiter.limiters[access]
        began = self._clock()
        if self._reserved == access:
            self._reserved = None
            if limiter.blocked_until <= began:
                self._before_send(access)
                return
        while True:
            now = self._clock()
            at = limiter.reserve(now)
            if at > now:
                await asyncio.sleep(at - now)
            if limiter.blocked_until <= self._clock():
                break
        if self._global_limiter is not None:
            now = self._clock()
            await asyncio.sleep(self._global_limiter.reserve(now) - now)
        self._before_send(access)
        self._observer.rate_limit_waited(access, self._clock() - began)

    def _before_send(self, access: Access) -> None:
        # After a suspension, all permits are due at the same time, and another worker may hold the shop.
        if not self._is_leased():
            raise LeaseOver
        if self.on_send is not None:
            try:
                self.on_send(access)
            except Exception:
                # The permit is due and unused, so it is kept for the request after the next read.
                self._reserved = access
                raise
        self.last_access = access

    async def reserve(self, access: Access) -> None:
        """Returns when a request may be sent and keeps the permit for the next `acquire`. Raises LeaseOver."""
        if self._reserved != access:
            on_send, self.on_send = self.on_send, None
            try:
                await self.acquire(access)
            finally:
                self.on_send = on_send
            self._reserved = access

    def give_back(self) -> None:
        """Returns an unused permit."""
        if self._reserved is not None:
            now = self._clock()
            self._rate_limiter.limiters[self._reserved].give_back(now)
            if self._global_limiter is not None:
                self._global_limiter.give_back(now)
            self._reserved = None

    def report(self, access: Access, throttled: bool, retry_after: float | None) -> bool:
        """Reports a response. True if waiting for another permit is better than requeueing the job."""
        self.answered = True
        limiter = self._rate_limiter.limiters[access]
        if not throttled:
            limiter.succeeded(self._clock())
            return False
        self._observer.shop_throttled(self._shop_id)
        return limiter.throttled(self._clock(), retry_after) <= MAX_WAIT_SECONDS
