"""A value that is costly to make, made seldom: one at a time, and the old one is shown meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

T = TypeVar("T")
MOMENT_SECONDS = 0.2
log = structlog.get_logger("relist.page")


class Cached(Generic[T]):
    """Made anew at most every `life_seconds`, and never more than one part in `share` of the time."""

    def __init__(self, make: Callable[[], Awaitable[T]], life_seconds: float, share: int = 10) -> None:
        self._make, self._life, self._share = make, life_seconds, share
        self._value: T | None = None
        self._until = 0.0
        self._task: asyncio.Task[T] | None = None

    async def get(self, patience_seconds: float | None = None) -> T | None:
        """The value; None only when the first one takes longer than the patience. Raises what making raises.

        For a newer one than there is, nobody waits longer than a moment.
        """
        if time.monotonic() < self._until:
            return self._value
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._renew())
            self._task.add_done_callback(_tell)
        if self._value is not None:
            patience_seconds = MOMENT_SECONDS
        done, _ = await asyncio.wait({self._task}, timeout=patience_seconds)
        return self._task.result() if done else self._value

    async def _renew(self) -> T:
        began = time.monotonic()
        value = await self._make()
        now = time.monotonic()
        self._value, self._until = value, now + max(self._life, (now - began) * self._share)
        return value

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


def _tell(task: asyncio.Task[T]) -> None:
    """Whoever asked may have gone: a failure is told all the same."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("web_refresh_failed", error=type(error).__name__)
