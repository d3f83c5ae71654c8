"""Runs Lua scripts, one or many per round trip, and reloads them on a server that has lost them."""

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
"""Each uses a connection."""
USES = "-- uses: "
"""If a script has this first line (or second, after `#!lua`), the named files of its folder are prepended to it."""


@dataclass(frozen=True, slots=True)
class Script:
    name: str
    text: str
    digest: str


@cache
def load_script(package: str, name: str) -> Script:
    """The script `lua/<name>.lua` of a package."""
    folder = files(package) / "lua"
    shebang, text = _split_shebang((folder / f"{name}.lua").read_text())
    first_line = text.partition("\n")[0]
    if first_line.startswith(USES):
        used = first_line.removeprefix(USES).split()
        text = "".join((folder / f"{each}.lua").read_text() for each in used) + text
    text = shebang + text
    return Script(name, text, sha1(text.encode(), usedforsecurity=False).hexdigest())


def _split_shebang(text: str) -> tuple[str, str]:
    """The line `#!lua flags=...`, if any, and the rest. Redis accepts it only as the first line of a script."""
    if not text.startswith("#!"):
        return "", text
    shebang, _, rest = text.partition("\n")
    return shebang + "\n", rest


@dataclass(frozen=True, slots=True)
class ScriptCall:
    script: Script
    keys: Sequence[str]
    args: Sequence[bytes | str | int | float]


def pipeline(redis: AnyRedis) -> Any:
    """Many commands in one round trip without a transaction; on a cluster one round trip per server."""
    return redis.pipeline(transaction=False) if isinstance(redis, Redis) else redis.pipeline()


async def run(redis: AnyRedis, call: ScriptCall) -> Any:
    """Runs one script and returns its reply. Raises one of REDIS_UNAVAILABLE."""
    try:
        return await redis.execute_command("EVALSHA", call.script.digest, len(call.keys), *call.keys, *call.args)
    except NoScriptError:
        return await redis.execute_command("EVAL", call.script.text, len(call.keys), *call.keys, *call.args)


async def run_many(redis: AnyRedis, calls: Sequence[ScriptCall]) -> list[Any]:
    """The replies in the order of the calls; calls to the same lane run in that order. A failed call has an exception
    instead of a reply.

    On a cluster an unavailable node fails only its own calls. An unavailable single server raises one of
    `REDIS_UNAVAILABLE`.
    """
    if not calls:
        return []
    if isinstance(redis, Redis):
        return await _run_together(redis, calls)
    # redis-py's cluster pipeline is not used: when one server is unavailable, it fails the calls to all servers and
    # closes the client, which others are using.
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


async def _run_together(redis: Redis, calls: Sequence[ScriptCall]) -> list[Any]:
    if len(calls) == 1:
        return [await _reply(redis, calls[0])]
    replies: list[Any] = [None] * len(calls)
    pending = list(range(len(calls)))
    while pending:
        async with pipeline(redis) as pipe:
            for index in pending:
                call = calls[index]
                pipe.execute_command("EVALSHA", call.script.digest, len(call.keys), *call.keys, *call.args)
            for index, reply in zip(pending, await pipe.execute(raise_on_error=False), strict=True):
                replies[index] = reply
        pending = [index for index in pending if isinstance(replies[index], NoScriptError)]
        if pending:
            # Loads the script for the others, which would otherwise take a round trip each.
            first, *pending = pending
            replies[first] = await _reply(redis, calls[first])
    return replies


async def _reply(redis: Redis, call: ScriptCall) -> Any:
    """Returns the reply, or the error reply, which concerns only this call."""
    try:
        return await run(redis, call)
    except ResponseError as error:
        return error
