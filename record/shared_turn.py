"""Callers that arrive within a short time continue together, so that their queries share a hop to a thread.

Such a hop to the database's thread costs several times as much as a small query.
"""

from __future__ import annotations

import asyncio


class SharedTurn:
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next: asyncio.Event | None = None

    async def wait(self) -> None:
        """Returns at most `seconds` later, together with all callers of this time."""
        if self._next is None:
            self._next = asyncio.Event()
            asyncio.get_running_loop().call_later(self._seconds, self._begin, self._next)
        await self._next.wait()

    def _begin(self, turn: asyncio.Event) -> None:
        self._next = None
        turn.set()
