"""How a measured process and the benchmark that started it speak: lines on standard output and standard input.

The process says `ready`, waits for a line, works, and says `<jobs done> <its CPU seconds>` as it goes on, until its
standard input closes. It imports only the standard library, because every peer has a separate interpreter.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

REPORT_SECONDS = 0.02


@dataclass(slots=True)
class Tally:
    done: int = 0


def say(*words: object) -> None:
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")
    sys.stdout.flush()


async def heard() -> str:
    return await asyncio.to_thread(sys.stdin.readline)


async def work_and_report(tally: Tally, work: Callable[[], Awaitable[object]]) -> None:
    """Ends the process immediately; the measurement is complete."""
    say("ready")
    await heard()
    began = time.process_time()
    task = asyncio.ensure_future(work())
    stop = asyncio.ensure_future(heard())
    told = -1
    while not stop.done():
        await asyncio.sleep(REPORT_SECONDS)
        if task.done():
            task.result()
        if tally.done != told:
            told = tally.done
            say(told, f"{time.process_time() - began:.6f}")
    os._exit(0)


async def fill_and_report(fill: Callable[[], Awaitable[object]]) -> None:
    """One timed piece of work on the producers' side: says its wall and its CPU seconds."""
    say("ready")
    await heard()
    wall, cpu = time.perf_counter(), time.process_time()
    await fill()
    say(f"{time.perf_counter() - wall:.6f}", f"{time.process_time() - cpu:.6f}")
