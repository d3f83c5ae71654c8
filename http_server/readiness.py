"""Readiness: a process is ready while none of its checks reports a problem."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable

from config.logging.output import lost_lines
from http_server.open_files import file_limit

Check = Callable[[], Awaitable[str]]
"""Returns a description of the problem, or an empty string."""

LOG_SECONDS = 60.0
SPARE_FILES = 16
CHECK_SECONDS = 10.0


class Readiness:
    """Runs the checks in order, one request at a time, so that frequent requests do not exhaust connections."""

    def __init__(self, *checks: Check) -> None:
        self._checks = (log_check(), files_problem, *checks)
        self._asking = asyncio.Lock()

    async def __call__(self) -> str:
        async with self._asking:
            for check in self._checks:
                try:
                    async with asyncio.timeout(CHECK_SECONDS):
                        problem = await check()
                except TimeoutError:
                    problem = f"a check took longer than {CHECK_SECONDS:.0f} s"
                if problem:
                    return problem
            return ""


async def files_problem() -> str:
    """Connections use file descriptors; without free ones neither Redis nor the platform can be reached."""
    used, limit = len(os.listdir("/proc/self/fd")), file_limit()
    if used + SPARE_FILES <= limit:
        return ""
    return f"{used} of {limit} files are open: raise the limit (ulimit -n)"


def log_check(clock: Callable[[], float] = time.monotonic, lost: Callable[[], int] = lost_lines) -> Check:
    """Reports a problem for a minute after a log line was lost."""
    seen, lost_at = lost(), float("-inf")

    async def check() -> str:
        nonlocal seen, lost_at
        if (now := lost()) > seen:
            seen, lost_at = now, clock()
        if clock() - lost_at >= LOG_SECONDS:
            return ""
        return f"log lines cannot be written ({seen} lost): check the disk or pipe of standard output"

    return check
