"""Provides the Redis server's time, so that hosts with wrong clocks still store the same times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime


class RedisClock:
    """Synchronised at every read of the leases, and advanced by the monotonic clock in between."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._offset: float | None = None

    def sync(self, server_seconds: float) -> None:
        """`server_seconds` is the server's Unix time."""
        self._offset = server_seconds - self._monotonic()

    def now(self) -> datetime:
        """Raises RuntimeError before the first `sync`."""
        if self._offset is None:
            raise RuntimeError("the Redis server's time is not known yet")
        return datetime.fromtimestamp(self._offset + self._monotonic(), UTC)
