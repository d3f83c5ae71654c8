"""The line protocol between a measured process and its benchmark, over standard input and standard output.

The process writes `ready`, waits for a line and works. It writes `<jobs done> <CPU seconds>` repeatedly until its
standard input closes. This module imports only the standard library, because every peer has a separate interpreter.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

REPORT_SECONDS = 0.02


@dataclass(slots=True)
class Tally:
    done: int = 0
    error: BaseException | None = None
    """Ends the process. For libraries that catch the errors of jobs and would otherwise wait forever for a lost job."""

    def started(self, run_id: str) -> None:
        """Counts a job. Writes `started <ns>`, the latency of a job whose run is the monotonic time of its enqueue."""
        self.done += 1
        if run_id.isdigit():
            write_line("started", time.monotonic_ns() - int(run_id))


def write_line(*words: object) -> None:
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")
    sys.stdout.flush()


async def read_line() -> str:
    return await asyncio.to_thread(sys.stdin.readline)


async def work_and_report(tally: Tally, work: Callable[[], Awaitable[object]]) -> None:
    """Runs `work` and reports its progress; ends the process without cleanup once standard input closes."""
    write_line("ready")
    await read_line()
    began = time.process_time()
    task = asyncio.ensure_future(work())
    stop = asyncio.ensure_future(read_line())
    reported = -1
    while not stop.done():
        await asyncio.sleep(REPORT_SECONDS)
        if error := tally.error or (task.exception() if task.done() else None):
            traceback.print_exception(error)
            os._exit(1)  # An orderly exit would wait for the thread that reads standard input.
        if tally.done != reported:
            reported = tally.done
            write_line(reported, f"{time.process_time() - began:.6f}")
    os._exit(0)


async def ping(put: Callable[[int, str], Awaitable[object]], count: int, pause_ms: int) -> None:
    """Enqueues `count` jobs, one per pause, each with the monotonic time (ns) as its run."""

    async def one_by_one() -> None:
        for number in range(count):
            await asyncio.sleep(pause_ms / 1000)
            await put(number, str(time.monotonic_ns()))

    await fill_and_report(one_by_one)


async def fill_and_report(fill: Callable[[], Awaitable[object]]) -> None:
    """Runs the producer's work once and writes its wall and CPU seconds."""
    write_line("ready")
    await read_line()
    wall, cpu = time.perf_counter(), time.process_time()
    await fill()
    write_line(f"{time.perf_counter() - wall:.6f}", f"{time.process_time() - cpu:.6f}")
