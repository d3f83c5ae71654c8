"""A Redis server built with TLS, and a first call to it."""

from __future__ import annotations

import os

from redis_client.connect import connect

REDIS_WITH_TLS = os.environ.get("RELIST_TEST_REDIS_TLS", "/usr/bin/redis-server")


async def ping(url: str) -> bool:
    client = connect(url)
    try:
        return bool(await client.execute_command("PING"))
    finally:
        await client.aclose()
