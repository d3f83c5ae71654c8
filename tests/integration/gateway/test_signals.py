"""SIGHUP stops a process gracefully, like SIGTERM."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from config.settings import Settings
from gateway.run import run_gateway
from tests.support.running_gateway import settings
from worker.run import run_worker

Process = Callable[[Settings, Callable[[int], None]], Coroutine[Any, Any, None]]


@pytest.mark.parametrize("run", [run_worker, run_gateway])
async def test_sighup_drains(redis_url: str, run: Process) -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(20):
        await run(settings(redis_url), lambda _: os.kill(os.getpid(), signal.SIGHUP))
    loop.remove_signal_handler(signal.SIGHUP)
