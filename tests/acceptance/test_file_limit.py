"""A gateway that has no file left for another connection serves again once connections end."""

from __future__ import annotations

import asyncio
import os
import resource

import aiohttp
import pytest

from demo.local_fleet import running_fleet
from tests.support.conservation import FINISH_SECONDS

SPARE_FILES, CONNECTIONS = 4, 40


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


async def answers(address: str) -> bool:
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as client,
            client.get(f"http://{address}/healthz") as response,
        ):
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


@pytest.mark.slow
async def test_gateway_at_its_file_limit_serves_afterwards() -> None:
    async with running_fleet(1, "--shops", "1", "--products", "5") as fleet, asyncio.timeout(FINISH_SECONDS):
        process, address = fleet.gateway.process, f"127.0.0.1:{fleet.gateway.address}"
        limit = open_files(process.pid) + SPARE_FILES
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (limit, limit))
        opened = [await asyncio.open_connection("127.0.0.1", int(fleet.gateway.address)) for _ in range(CONNECTIONS)]
        while open_files(process.pid) < limit:
            await asyncio.sleep(0.02)
        assert not await answers(address), "there is no file for another connection"
        for _, writer in opened:
            writer.close()
        while not await answers(address):
            await asyncio.sleep(0.05)
        assert process.returncode is None
