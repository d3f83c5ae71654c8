"""Caches an expensive value: one refresh at a time, and the stale value is served during a slow refresh."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

T = TypeVar("T")
GRACE_SECONDS = 0.2
MAX_STALE_SECONDS = 10.0
"""Nobody looks at the page for hours, and the first look must not show the state of then."""
log = structlog.get_logger("relist.web")


class CachedValue(Generic[T]):
    """Refreshed at most every `ttl_seconds`, and less often if a refresh is slow.

    A refresh that takes n seconds is followed by at least n * `rest_factor` seconds without one.
    """

    def __init__(self, make: Callable[[], Awaitable[T]], ttl_seconds: float, rest_factor: int = 10) -> None:
        self._make, self._ttl, self._rest_factor = make, ttl_seconds, rest_factor
        self._value: T | None = None
        self._until = 0.0
        """Until then the value is fresh, in monotonic seconds."""
        self._is_outdated = False
        self._task: asyncio.Task[T] | None = None

    async def get(self, timeout_seconds: float | None = None) -> T | None:
        """Return the value, or None if the first refresh takes longer than the timeout. Raises what the refresh raises.

        A value that became stale a few seconds ago is returned if refreshing takes longer than the grace period.
        """
        if time.monotonic() < self._until:
            return self._value
        if self._is_outdated and self._task is not None and not self._task.done():
            await asyncio.wait({self._task})  # it may have read the old state
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._refresh())
            self._task.add_done_callback(_log_failure)
        if self._value is not None and not self._is_outdated and time.monotonic() < self._until + MAX_STALE_SECONDS:
            timeout_seconds = GRACE_SECONDS
        self._is_outdated = False
        done, _ = await asyncio.wait({self._task}, timeout=timeout_seconds)
        return self._task.result() if done else self._value

    async def _refresh(self) -> T:
        began = time.monotonic()
        value = await self._make()
        now = time.monotonic()
        self._value, self._until = value, now + max(self._ttl, (now - began) * self._rest_factor)
        return value

    def expire(self) -> None:
        """Make the next `get` wait for a refresh that begins after this call."""
        self._until = 0.0
        self._is_outdated = True

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


def _log_failure(task: asyncio.Task[T]) -> None:
    """Log a failed refresh even if no request is waiting for it any more."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("web_refresh_failed", error=type(error).__name__)
