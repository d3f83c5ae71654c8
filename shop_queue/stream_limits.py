"""Limits streams in bytes; `XADD MAXLEN` limits only their number of entries."""

from __future__ import annotations

from redis_client.connect import AnyRedis
from shop_queue.keys import OUTCOMES

SAMPLES = 50
"""Number of stream nodes whose size Redis samples."""
OUTCOMES_BYTES = 1024 * 1024 * 1024
KEPT_SHARE = 0.9
"""Streams are trimmed slightly below the limit, so that not every entry causes a trim."""


async def limit_bytes(redis: AnyRedis, stream: str, max_bytes: int) -> int:
    """Drops the oldest entries of a stream that uses more than about `max_bytes`. Returns the entries left."""
    length = int(await redis.execute_command("XLEN", stream))
    if not length:
        return 0
    used = int(await redis.execute_command("MEMORY", "USAGE", stream, "SAMPLES", SAMPLES) or 0)
    if used <= max_bytes:
        return length
    await redis.execute_command("XTRIM", stream, "MAXLEN", int(length * KEPT_SHARE * max_bytes / used))
    return int(await redis.execute_command("XLEN", stream))


async def limit_outcomes(redis: AnyRedis, max_bytes: int = OUTCOMES_BYTES) -> int:
    """Drops the oldest outcomes if they use more memory than allowed. Returns the entries left."""
    return await limit_bytes(redis, OUTCOMES, max_bytes)
