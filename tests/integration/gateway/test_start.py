"""How the gateway starts, and when it refuses to."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from pydantic import SecretStr

from config.settings import Settings, SettingsError
from gateway.run import run_gateway


def settings(redis_url: str, **more: object) -> Settings:
    fields = {"app_key": "k", "app_secret": SecretStr("s"), "token_key": SecretStr("k" * 16), "gateway_port": 0}
    return Settings(_env_file=None, redis_url=redis_url, **{**fields, **more})  # type: ignore[call-arg,arg-type]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "gateway.example"])
async def test_where_others_reach_it_the_page_needs_a_token(redis_url: str, host: str) -> None:
    with pytest.raises(SettingsError, match="RELIST_PAGE_TOKEN is not set"):
        await run_gateway(settings(redis_url, bind_host=host))


async def test_with_a_token_it_serves_page_health_metrics_and_webhooks_everywhere(redis_url: str) -> None:
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    given = settings(redis_url, bind_host="0.0.0.0", page_token=SecretStr("x" * 16))
    running = asyncio.create_task(run_gateway(given, port.set_result))
    done, _ = await asyncio.wait({running, port}, return_when=asyncio.FIRST_COMPLETED)
    assert port in done, running.exception()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port.result()}") as session:
        statuses = {}
        for path in ("/", "/login", "/healthz", "/readyz", "/metrics"):
            async with session.get(path, allow_redirects=False) as answer:
                statuses[path] = answer.status
        async with session.post("/webhooks/tiktok", data=b"{}") as answer:
            statuses["/webhooks/tiktok"] = answer.status
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert statuses == {
        "/": 303,
        "/login": 200,
        "/healthz": 200,
        "/readyz": 200,
        "/metrics": 200,
        "/webhooks/tiktok": 401,
    }
