"""Determines whether the store is filling up. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from record.database import Space

WARN_SHARE = 0.8
"""Share of the size limit."""
FULL_SHARE = 0.95
WARN_FREE_BYTES = 5 * 1024**3
FULL_FREE_BYTES = 512 * 1024**2

Level = Literal["fine", "warn", "full"]


@dataclass(frozen=True, slots=True)
class Fullness:
    level: Level
    why: str = ""
    """The shortage and its remedy; empty without a shortage."""


def fullness(space: Space, limit_bytes: int | None = None) -> Fullness:
    """Returns `warn` well before edits would stop, and `full` when they are about to stop.

    Without a limit set by the operator, only the free bytes of the disk count, if known.
    """
    worst = Fullness("fine")
    if limit_bytes:
        share = space.used / limit_bytes
        why = f"the record takes {_size(space.used)} of {_size(limit_bytes)}: run `relist record prune`"
        if share >= WARN_SHARE:
            worst = Fullness("full" if share >= FULL_SHARE else "warn", why)
    if space.free is not None and space.free < WARN_FREE_BYTES and worst.level != "full":
        why = f"the disk of the record has {_size(space.free)} left: free space, or run `relist record prune`"
        if space.free < FULL_FREE_BYTES or worst.level == "fine":
            worst = Fullness("full" if space.free < FULL_FREE_BYTES else "warn", why)
    return worst


def _size(count: int) -> str:
    for unit, size in (("GiB", 1024**3), ("MiB", 1024**2)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count / 1024:.0f} KiB"
