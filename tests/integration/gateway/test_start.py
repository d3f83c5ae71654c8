"""The start of the gateway, and settings it refuses."""

from __future__ import annotations

import aiohttp
import pytest
from pydantic import SecretStr

from config.settings import SettingsError
from gateway.run import run_gateway
from tests.support.running_gateway import running_gateway, settings
from worker.run import run_worker


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "gateway.example"])
async def test_public_bind_host_requires_a_token(redis_url: str, host: str) -> None:
    with pytest.raises(SettingsError, match="RELIST_PAGE_TOKEN is not set"):
        await run_gateway(settings(redis_url, bind_host=host))


async def test_gateway_serves_all_routes(redis_url: str) -> None:
    given = settings(redis_url, bind_host="0.0.0.0", page_token=SecretStr("x" * 16))
    async with (
        running_gateway(given) as (port, _),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
    ):
        statuses = {}
        for path in ("/", "/login", "/healthz", "/readyz", "/metrics"):
            async with session.get(path, allow_redirects=False) as answer:
                statuses[path] = answer.status
        async with session.post("/webhooks/tiktok", data=b"{}") as answer:
            statuses["/webhooks/tiktok"] = answer.status
    assert statuses == {
        "/": 303,
        "/login": 200,
        "/healthz": 200,
        "/readyz": 200,
        "/metrics": 200,
        "/webhooks/tiktok": 401,
    }


async def test_occupied_port_is_reported_with_its_setting(redis_url: str) -> None:
    async with running_gateway(settings(redis_url)) as (port, _):
        given = settings(redis_url, gateway_port=port, metrics_port=port)
        with pytest.raises(SettingsError, match=rf"127.0.0.1:{port} cannot be bound: .*RELIST_GATEWAY_PORT"):
            await run_gateway(given)
        with pytest.raises(SettingsError, match=rf"127.0.0.1:{port} cannot be bound: .*RELIST_METRICS_PORT"):
            await run_worker(given)
