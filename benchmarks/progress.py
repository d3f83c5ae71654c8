"""Waits for work to end, and raises an error if it stalls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

STALLED_SECONDS = 60.0
"""Longer than any pause of working processes: leases end sooner, and so do retries of a job."""


class Stalled(RuntimeError):
    """There was no progress for too long: jobs were lost, or a process ended."""


async def reach(
    goal: int, done: Callable[[], Awaitable[int]], *, poll: float = 0.05, stalled_seconds: float = STALLED_SECONDS
) -> None:
    """Returns once `done()` is at least `goal`. Raises Stalled if it stays the same for `stalled_seconds`."""
    last, since = -1, time.monotonic()
    while (now := await done()) < goal:
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since > stalled_seconds:
            raise Stalled(f"{now} of {goal} are done, and none was in the last {stalled_seconds:.0f} s")
        await asyncio.sleep(poll)
