"""Reads `relist:outcomes`, the stream of published outcomes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson

from redis_client.connect import AnyRedis
from shop_queue.keys import OUTCOMES

PAGE_ENTRIES = 1000


async def published_outcomes(redis: AnyRedis) -> AsyncIterator[dict[str, Any]]:
    """Yields every record that is still in the stream, oldest first."""
    start = "-"
    while True:
        entries = await redis.xrange(OUTCOMES, start, count=PAGE_ENTRIES)
        for _, fields in entries:
            yield orjson.loads(fields[b"outcome"])
        if len(entries) < PAGE_ENTRIES:
            return
        start = f"({entries[-1][0].decode()}"
