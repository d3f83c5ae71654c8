"""The Redis server's time in this process: hosts whose clocks are wrong still write the same moments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime


class RedisClock:
    """Told the server's time with every look at the leases; in between it goes on by the monotonic clock."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._offset: float | None = None

    def heard(self, server_seconds: float) -> None:
        self._offset = server_seconds - self._monotonic()

    def now(self) -> datetime:
        """Raises RuntimeError before the server was heard."""
        if self._offset is None:
            raise RuntimeError("the server's time is not known yet")
        return datetime.fromtimestamp(self._offset + self._monotonic(), UTC)
