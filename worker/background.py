"""Restarts a worker's background tasks: an error in one of them must neither end the worker nor go unnoticed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger("relist.worker")

RESTART_SECONDS = 5.0


async def kept_running(name: str, run: Callable[[], Awaitable[None]], restart_seconds: float = RESTART_SECONDS) -> None:
    """Runs until cancelled or until `run` returns. After an unexpected error it starts again."""
    while True:
        try:
            await run()
            return
        except Exception as error:
            log.exception("background_task_failed", part=name, error=type(error).__name__)
        await asyncio.sleep(restart_seconds)
