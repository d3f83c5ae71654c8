from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from simulator.options import SimulatorOptions
from simulator.server import start
from tests.support.calibrated_shop import CalibratedShop, calibrated_shop

Shops = Callable[..., Awaitable[CalibratedShop]]


@pytest.fixture
async def shops() -> AsyncIterator[Shops]:
    """Starts a platform with the options given, and returns its first shop ready to be calibrated."""
    async with contextlib.AsyncExitStack() as stack:

        async def started(**options: Any) -> CalibratedShop:
            usual = {"seed": 7, "shops": 2, "products": 400, "unlimited": True, "audit_seconds": (0.4, 0.6)}
            usual |= {"audit_reject_share": 0.0, "regions": ("MX",), **options}
            running = await start(SimulatorOptions(**usual))
            stack.push_async_callback(running.stop)
            return await stack.enter_async_context(calibrated_shop(running))

        yield started
