"""An event loop whose clock jumps to the next timer: waiting a minute takes no time, and the machine's
load delays nothing."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Jumping(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("every task waits for an event that never happens")
        self.now += timeout
        return super().select(0)


class SimulatedTime(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def run_in_simulated_time(work: Coroutine[Any, Any, T]) -> T:
    loop = SimulatedTime()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()
