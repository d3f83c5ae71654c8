"""Runs a gateway in this process, as its command does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from config.settings import Settings
from gateway.run import run_gateway


def settings(redis_url: str, **more: object) -> Settings:
    """Settings of a process that listens on free ports."""
    keys = {"app_key": "k", "app_secret": SecretStr("s"), "token_key": SecretStr("k" * 16)}
    fields = {**keys, "gateway_port": 0, "metrics_port": 0}
    return Settings(_env_file=None, redis_url=redis_url, **{**fields, **more})  # type: ignore[call-arg,arg-type]


@asynccontextmanager
async def running_gateway(given: Settings) -> AsyncIterator[tuple[int, asyncio.Task[None]]]:
    """Yields the gateway's port and its task."""
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(run_gateway(given, port.set_result))
    done, _ = await asyncio.wait({running, port}, return_when=asyncio.FIRST_COMPLETED)
    assert port in done, running.exception()
    try:
        yield port.result(), running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
