"""Sends many small commands in few round trips."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from redis_client.connect import AnyRedis

COMMANDS_PER_ROUND_TRIP = 500


async def in_pipelines(redis: AnyRedis, commands: Sequence[tuple[str, ...]]) -> list[Any]:
    """Returns the replies in the order of the commands. Raises the first error."""
    replies = await replies_in_pipelines(redis, commands)
    for reply in replies:
        if isinstance(reply, Exception):
            raise reply
    return replies


async def replies_in_pipelines(redis: AnyRedis, commands: Sequence[tuple[str, ...]]) -> list[Any]:
    """Returns the replies in the order of the commands, with an exception for each failed command.

    Raises one of REDIS_UNAVAILABLE if a single server is unavailable.
    """
    replies: list[Any] = []
    for first in range(0, len(commands), COMMANDS_PER_ROUND_TRIP):
        batch = commands[first : first + COMMANDS_PER_ROUND_TRIP]
        if not isinstance(redis, Redis):
            sent = (redis.execute_command(*command) for command in batch)
            replies += await asyncio.gather(*sent, return_exceptions=True)
            continue
        async with redis.pipeline(transaction=False) as pipe:
            for command in batch:
                pipe.execute_command(*command)
            replies += await pipe.execute(raise_on_error=False)
    return replies
