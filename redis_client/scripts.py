"""Runs the Lua scripts, alone or many in one round trip, and survives a server that has forgotten them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha1
from importlib.resources import files
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, ResponseError

from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis

CLUSTER_CALLS_AT_ONCE = 16
"""Each takes a connection."""


@dataclass(frozen=True, slots=True)
class Script:
    name: str
    text: str
    digest: str


@cache
def load_script(package: str, name: str) -> Script:
    """The script `lua/<name>.lua` of a package."""
    text = (files(package) / "lua" / f"{name}.lua").read_text()
    return Script(name, text, sha1(text.encode(), usedforsecurity=False).hexdigest())


@dataclass(frozen=True, slots=True)
class Call:
    script: Script
    keys: Sequence[str]
    args: Sequence[bytes | str | int | float]


def pipeline(redis: AnyRedis) -> Any:
    """Many commands in one round trip, in no transaction; on a cluster one for each server."""
    return redis.pipeline(transaction=False) if isinstance(redis, Redis) else redis.pipeline()


async def run(redis: AnyRedis, call: Call) -> Any:
    """One script; its reply. Raises redis.exceptions.RedisError."""
    try:
        return await redis.execute_command("EVALSHA", call.script.digest, len(call.keys), *call.keys, *call.args)
    except NoScriptError:
        return await redis.execute_command("EVAL", call.script.text, len(call.keys), *call.keys, *call.args)


async def run_many(redis: AnyRedis, calls: Sequence[Call]) -> list[Any]:
    """The replies in the order of the calls, and those of one lane are run in it; an exception stands in for the reply
    of a call that failed.

    On a cluster an unavailable node fails only its own calls. An unavailable single server raises one of
    `REDIS_UNAVAILABLE`.
    """
    if not calls:
        return []
    if isinstance(redis, Redis):
        return await _run_together(redis, calls)
    # Not redis-py's pipeline of a cluster: when one server is away that fails the calls of all, and closes the client
    # under whoever else uses it.
    turns = asyncio.Semaphore(CLUSTER_CALLS_AT_ONCE)
    by_lane: dict[str, list[int]] = {}
    for index, call in enumerate(calls):
        by_lane.setdefault(call.keys[0], []).append(index)
    replies: list[Any] = [None] * len(calls)

    async def run_in_order(indexes: list[int]) -> None:
        for index in indexes:
            async with turns:
                try:
                    replies[index] = await run(redis, calls[index])
                except REDIS_UNAVAILABLE as error:
                    replies[index] = error

    await asyncio.gather(*(run_in_order(indexes) for indexes in by_lane.values()))
    return replies


async def _run_together(redis: Redis, calls: Sequence[Call]) -> list[Any]:
    if len(calls) == 1:
        return [await _answer(redis, calls[0])]
    async with pipeline(redis) as pipe:
        for call in calls:
            pipe.execute_command("EVALSHA", call.script.digest, len(call.keys), *call.keys, *call.args)
        replies = await pipe.execute(raise_on_error=False)
    for index, reply in enumerate(replies):
        if isinstance(reply, NoScriptError):
            replies[index] = await _answer(redis, calls[index])
    return list(replies)


async def _answer(redis: Redis, call: Call) -> Any:
    """What Redis says, be it an error: one of its call, not of the others'."""
    try:
        return await run(redis, call)
    except ResponseError as error:
        return error
