"""Replaces the machine's time by the virtual time: `time.time`, `time.monotonic` and their variants."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from tests.simulation.processes import CURRENT
from tests.simulation.virtual_loop import VirtualLoop


class ServerClock(Protocol):
    clock_offset: float
    is_executing: bool
    """Whether the time is read for a command of the server."""


EPOCH = 1_800_000_000.0
"""Unix time at which every world begins."""


@contextlib.contextmanager
def virtual_clocks(loop: VirtualLoop, server: ServerClock) -> Iterator[None]:
    def wall() -> float:
        offset = server.clock_offset if server.is_executing else CURRENT.get().clock_offset
        return EPOCH + loop.now + offset

    def monotonic() -> float:
        return loop.now

    replaced: dict[str, Callable[[], float]] = {"time": wall, "monotonic": monotonic, "perf_counter": monotonic}
    real = {name: getattr(time, name) for name in replaced}
    for name, function in replaced.items():
        setattr(time, name, function)
    try:
        yield
    finally:
        for name, function in real.items():
            setattr(time, name, function)
