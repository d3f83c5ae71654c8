"""A simulated process's connection to Redis: redis-py's client on a simulated network, with the project's retries."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from redis_client.scripts import load_script
from tests.simulation.processes import Process
from tests.simulation.story import Story

DEAF_TO = ("claim", "commit", "open", "release", "renew", "start", "take")
OTHERS = ("cancel", "enqueue", "merge", "read_intake", "relay", "state", "wake")
KEEPS_LEASES = frozenset({"claim", "commit", "start"})
"""Scripts without whose replies a worker still knows that it holds its shops."""
MIN_DELAY, MAX_DELAY = 0.0002, 0.003
"""Seconds of one way of a command."""


class Server(Protocol):
    is_down: bool

    def execute(self, command: Sequence[bytes]) -> Any: ...


@dataclass(slots=True, eq=False)
class Link:
    server: Server
    process: Process
    story: Story
    is_over: bool = False
    delay_factor: float = 1.0

    async def round_trip(self, commands: Sequence[Sequence[bytes]]) -> list[Any]:
        """Sends commands together. Repeats them after a lost connection, as redis_client/connect.py does."""
        retry = Retry(ExponentialBackoff(cap=1.0, base=0.05), 3, (RedisConnectionError, RedisTimeoutError))
        return await retry.call_with_retry(lambda: self._once(commands), _nothing)

    async def _once(self, commands: Sequence[Sequence[bytes]]) -> list[Any]:
        process, server = self.process, self.server
        number = process.commands
        process.commands += 1
        lost = process.lost.pop(number, "") or self._unheard(commands)
        await asyncio.sleep(self._delay())
        if lost == "command":
            self.story.note(f"{process.name} sends {_names(commands)}, which is lost before Redis receives it")
        process.lost_in_a_row = process.lost_in_a_row + 1 if lost else 0
        if process.lost_in_a_row > 2 or process.is_cut_off or server.is_down:
            process.in_trouble = asyncio.get_running_loop().time()
        if lost == "command" or process.is_cut_off or server.is_down or self.is_over:
            raise RedisConnectionError("the connection was lost")
        sent = commands[: len(commands) // 2] if lost == "half" else commands
        replies = []
        for command in sent:
            reply = server.execute(command)
            replies.append(reply)
            self.story.executed(process.name, command, reply)
        await asyncio.sleep(self._delay())
        if lost:
            self.story.note(f"{process.name} does not receive the reply to {_names(commands)}")
        if lost or process.is_cut_off or self.is_over:
            raise RedisConnectionError("the connection was lost")
        return replies

    def _unheard(self, commands: Sequence[Sequence[bytes]]) -> str:
        scripts = {_script_name(command) for command in commands if command[0] in (b"EVALSHA", b"EVAL")}
        unheard = {name for name in scripts if self.process.deaf_to[name]}
        for name in sorted(unheard):
            if self.process.heard_before[name]:
                self.process.heard_before[name] -= 1
                unheard.discard(name)
        if unheard - KEEPS_LEASES:
            self.process.in_trouble = asyncio.get_running_loop().time()
        return "reply" if unheard else ""

    def _delay(self) -> float:
        return (MIN_DELAY + self.process.random.random() * (MAX_DELAY - MIN_DELAY)) * self.delay_factor


@cache
def _names_of_scripts() -> dict[bytes, str]:
    scripts = {name: load_script("shop_queue", name) for name in (*DEAF_TO, *OTHERS)}
    return {part.encode(): name for name, script in scripts.items() for part in (script.digest, script.text)}


def _script_name(command: Sequence[bytes]) -> str:
    return _names_of_scripts().get(command[1], "")


async def _nothing(error: Exception) -> None:
    """redis-py would close the connection here."""


def _names(commands: Sequence[Sequence[bytes]]) -> str:
    """The commands of a round trip; scripts by their names."""
    names = [_script_name(each) if each[0] in (b"EVALSHA", b"EVAL") else each[0].decode() for each in commands]
    return ", ".join(dict.fromkeys(name or "a script" for name in names))


def encoded(command: Sequence[Any]) -> list[bytes]:
    parts: list[bytes] = []
    for part in command:
        if isinstance(part, bytes):
            parts.append(part)
        elif isinstance(part, str):
            parts.append(part.encode())
        elif isinstance(part, int | float) and not isinstance(part, bool):
            parts.append(repr(part).encode())
        elif isinstance(part, bytearray | memoryview):
            parts.append(bytes(part))
        else:
            raise TypeError(f"redis-py does not encode {type(part).__name__}")
    return [*parts[0].split(b" "), *parts[1:]]


class SimulatedRedis(Redis):
    """redis-py's commands and reply parsing, without its connections."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self.link = link

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        (reply,) = await self.link.round_trip([encoded(args)])
        if isinstance(reply, Exception):
            raise reply
        return parsed(self, args[0], reply, options)

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> SimulatedPipeline:
        return SimulatedPipeline(self)


class SimulatedPipeline(Pipeline):
    """Its commands run together; the project uses no WATCH."""

    def __init__(self, redis: SimulatedRedis) -> None:
        super().__init__(redis.connection_pool, redis.response_callbacks, False, None)
        self._redis = redis

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        stack, self.command_stack = self.command_stack, []
        if not stack:
            return []
        raw = await self._redis.link.round_trip([encoded(args) for args, _ in stack])
        replies = [
            reply if isinstance(reply, Exception) else parsed(self._redis, args[0], reply, options)
            for (args, options), reply in zip(stack, raw, strict=True)
        ]
        if raise_on_error:
            for reply in replies:
                if isinstance(reply, Exception):
                    raise reply
        return replies

    async def reset(self) -> None:
        self.command_stack = []


def parsed(redis: Redis, name: str | bytes, reply: Any, options: dict[str, Any]) -> Any:
    options = {key: value for key, value in options.items() if key != "keys"}
    callback = redis.response_callbacks.get(name if isinstance(name, str) else name.decode())
    return reply if callback is None else callback(reply, **options)
