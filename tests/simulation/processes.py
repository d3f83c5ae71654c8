"""Simulated processes: every task belongs to one, through a context variable that tasks and timers inherit."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Coroutine
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from random import Random
from typing import Any


@dataclass(slots=True, eq=False)
class Process:
    """`is_dead` ends it like SIGKILL: none of its code runs any more, not even a `finally`."""

    name: str
    random: Random
    is_dead: bool = False
    is_frozen: bool = False
    is_cut_off: bool = False
    """Its connection to Redis is broken."""
    clock_offset: float = 0.0
    """Seconds by which its wall clock is wrong."""
    commands: int = 0
    """Round trips to Redis so far; faults name one by its number."""
    in_trouble: float = -math.inf
    """Virtual time at which it last was in a state in which it may lose its leases."""
    lost_in_a_row: int = 0
    lost: dict[int, str] = field(default_factory=dict)
    """Number of a round trip -> what is lost of it: `command`, `reply`, or `half` of a pipeline."""
    deaf_to: Counter[str] = field(default_factory=Counter)
    """Script -> number of faults that now lose every reply to it, as a hanging connection does."""
    heard_before: Counter[str] = field(default_factory=Counter)
    """Script -> replies to it that still arrive before such a fault begins."""


OUTSIDE = Process("outside", Random(0))
"""The simulation itself; it never fails."""
CURRENT: ContextVar[Process] = ContextVar("simulated_process", default=OUTSIDE)


def spawn(process: Process, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Starts a task of the process. Tasks that it starts belong to the process too."""
    context = copy_context()
    context.run(CURRENT.set, process)
    return asyncio.get_running_loop().create_task(work, context=context)
