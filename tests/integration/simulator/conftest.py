from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from simulator.options import SimulatorOptions
from simulator.server import start
from tests.support.simulator_client import Client

Platform = Callable[..., Awaitable[Client]]


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    """Starts a platform with these options. By default, reviews approve immediately."""
    async with contextlib.AsyncExitStack() as stack:

        async def started(**options: Any) -> Client:
            usual = {"seed": 7, "shops": 2, "products": 400, "unlimited": True, "audit_seconds": (0.0, 0.0)}
            running = await start(SimulatorOptions(**{**usual, "audit_reject_share": 0.0, **options}))
            stack.push_async_callback(running.stop)
            session = await stack.enter_async_context(aiohttp.ClientSession())
            return Client(running, session)

        yield started
