"""Clients leave a demoted, killed or frozen primary for the new one, behind every kind of address."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis, connect, takes_writes
from shop_queue.keys import READY, WAKE_CHANNEL
from shop_queue.signals import Subscribed, WorkAnnounced, signals
from tests.support.moving_primary import KEY, moving_primary

FOLLOWED_SECONDS = 5.0


async def listen(redis: AnyRedis, heard: asyncio.Queue[object]) -> None:
    """Listens like a worker: subscribes again after a failure."""
    while True:
        try:
            async for signal in signals(redis):
                heard.put_nowait(signal)
        except REDIS_UNAVAILABLE:
            await asyncio.sleep(0.2)


async def announced(redis: AnyRedis, heard: asyncio.Queue[object]) -> None:
    """Until an announcement arrives. On a cluster it may be made while a server of the bus is still missing."""
    while True:
        while not heard.empty():
            if isinstance(heard.get_nowait(), WorkAnnounced):
                return
        with contextlib.suppress(*REDIS_UNAVAILABLE):
            await redis.execute_command("PUBLISH", WAKE_CHANNEL, "")
        await asyncio.sleep(0.1)


async def written(redis: AnyRedis) -> None:
    while True:
        try:
            await redis.execute_command("SET", KEY, "1")
        except REDIS_UNAVAILABLE:
            await asyncio.sleep(0.05)
        else:
            return


async def ready(redis: AnyRedis) -> None:
    while not await takes_writes(redis):
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("kind", "tls"),
    [
        ("proxy", False),
        pytest.param("proxy", True, marks=pytest.mark.slow),
        pytest.param("name", False, marks=pytest.mark.slow),
        pytest.param("name", True, marks=pytest.mark.slow),
        pytest.param("sentinel", False, marks=pytest.mark.slow),
        pytest.param("sentinel", True, marks=pytest.mark.slow),
        pytest.param("cluster", False, marks=pytest.mark.slow),
        pytest.param("cluster", True, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("how", ["demoted", "killed", "frozen"])
async def test_new_primary_is_followed(
    kind: str, tls: bool, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with moving_primary(kind, how, tls, tmp_path, monkeypatch) as primary:
        redis = connect(primary.url)
        heard: asyncio.Queue[object] = asyncio.Queue()
        listening = asyncio.create_task(listen(redis, heard))
        assert isinstance(await asyncio.wait_for(heard.get(), 10), Subscribed)
        await asyncio.gather(*(redis.execute_command("ZCARD", READY) for _ in range(8)))
        await asyncio.wait_for(asyncio.gather(announced(redis, heard), written(redis), ready(redis)), 10)

        await primary.lose()
        if kind in ("proxy", "name"):
            assert not await takes_writes(redis), "no server accepts writes"
        waiting = [asyncio.create_task(written(redis)) for _ in range(4)]
        await primary.promote()
        async with asyncio.timeout(FOLLOWED_SECONDS):
            await asyncio.gather(*waiting, *(written(redis) for _ in range(8)), ready(redis))
            await announced(redis, heard)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await redis.aclose()
