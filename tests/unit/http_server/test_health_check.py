"""The containers' health check says by its exit code what a process says of itself."""

from __future__ import annotations

from aiohttp import web
from prometheus_client import CollectorRegistry

from http_server.health import health_application, serve
from http_server.health_check import check


async def test_a_ready_process_is_well_one_that_is_not_and_none_at_all_are_not() -> None:
    import asyncio

    well = True

    async def ready() -> bool:
        return well

    runner, port = await serve(health_application(CollectorRegistry(), ready), "127.0.0.1", 0)
    address = f"127.0.0.1:{port}/readyz"
    try:
        assert await asyncio.to_thread(check, address) is None
        well = False
        assert await asyncio.to_thread(check, address) == f"{address}: HTTP {web.HTTPServiceUnavailable.status_code}"
    finally:
        await runner.cleanup()
    assert await asyncio.to_thread(check, address) == f"{address}: ConnectionRefusedError"
