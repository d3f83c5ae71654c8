"""The health check's exit code."""

from __future__ import annotations

from aiohttp import web
from prometheus_client import CollectorRegistry

from http_server.health import health_application, serve
from http_server.health_check import check


async def test_only_a_ready_process_passes_the_check() -> None:
    import asyncio

    well = True

    async def ready() -> str:
        return "" if well else "Redis is unavailable"

    runner, port = await serve(health_application(CollectorRegistry(), ready), "127.0.0.1", 0)
    address = f"127.0.0.1:{port}/readyz"
    try:
        assert await asyncio.to_thread(check, address) is None
        well = False
        assert await asyncio.to_thread(check, address) == f"{address}: HTTP {web.HTTPServiceUnavailable.status_code}"
    finally:
        await runner.cleanup()
    assert await asyncio.to_thread(check, address) == f"{address}: ConnectionRefusedError"
