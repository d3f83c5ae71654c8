"""Limits repeated warnings and errors, so that a fault that persists cannot fill a disk with one line."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Hashable, MutableMapping
from dataclasses import dataclass
from typing import Any

import structlog

WINDOW_SECONDS = 10.0
MAX_PER_WINDOW = 5
"""Maximum number of identical lines within a window."""
MAX_KEYS = 1000
LIMITED_LEVELS = frozenset({"warning", "error", "critical"})


@dataclass(slots=True)
class _Window:
    began: float
    count: int = 0
    suppressed: int = 0


class RepeatLimiter:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._windows: dict[Hashable, _Window] = {}

    def admit(self, key: Hashable) -> int | None:
        """None if the line must be dropped, otherwise how many identical lines were dropped since the last one."""
        now = self._clock()
        window = self._windows.get(key)
        if window is None or now - window.began >= WINDOW_SECONDS:
            suppressed = window.suppressed if window else 0
            self._windows.pop(key, None)
            while len(self._windows) >= MAX_KEYS:
                del self._windows[next(iter(self._windows))]
            self._windows[key] = _Window(now, 1)
            return suppressed
        if window.count >= MAX_PER_WINDOW:
            window.suppressed += 1
            return None
        window.count += 1
        return 0

    def process(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """A structlog processor. Only warnings and errors are limited, and only if all their fields are equal."""
        if event.get("level") in LIMITED_LEVELS:
            fields = tuple(sorted((name, str(value)) for name, value in event.items() if name != "exc_info"))
            suppressed = self.admit(fields)
            if suppressed is None:
                raise structlog.DropEvent
            if suppressed:
                event["suppressed"] = suppressed
        return event

    def filter(self, record: logging.LogRecord) -> bool:
        """A filter for the standard library's handlers."""
        return (
            record.levelno < logging.WARNING or self.admit((record.name, record.levelno, str(record.msg))) is not None
        )
