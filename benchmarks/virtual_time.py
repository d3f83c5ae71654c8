"""A real Valkey server on a virtual clock: the scripts read the time from a key instead of the server's clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha1
from typing import Any

import redis
from redis.connection import Connection
from redis.exceptions import NoScriptError, ResponseError

from benchmarks.server import Server
from shop_queue.keys import CONTROL_CHANNEL, WAKE_CHANNEL

TIME_KEY = "virtual_time"
REAL_TIME = "redis.call('TIME')"
VIRTUAL_TIME = f"redis.call('HMGET', '{TIME_KEY}', 'seconds', 'microseconds')"


class VirtualTimeServer:
    """Replaces tests.simulation.redis_server.RedisServer; it runs scripts fifty times as fast."""

    def __init__(self, port: int, clock: Callable[[], float]) -> None:
        """`clock` returns the virtual Unix time."""
        self._clock = clock
        self._connection, self._channel = _connect(port), _connect(port)
        self._digests: dict[bytes, str] = {}
        """Digest of an original script -> digest of its variant that reads the virtual time."""
        self._channel.send_command("SUBSCRIBE", WAKE_CHANNEL, CONTROL_CHANNEL)
        for _ in range(2):
            self._channel.read_response()
        self.clock_offset = 0.0
        self.is_down = self.is_executing = False
        self.on_publish: Callable[[bytes, bytes], None] | None = None

    def execute(self, command: Sequence[bytes]) -> Any:
        """The reply, or redis-py's exception for an error reply."""
        name = command[0].upper()
        if name == b"TIME":
            return [str(part).encode() for part in self._time()]
        if name in (b"EVAL", b"EVALSHA"):
            digest = command[1] if name == b"EVALSHA" else self._load(command[1])
            if digest not in self._digests:
                return NoScriptError("No matching script. Please use EVAL.")
            command = (b"EVALSHA", self._digests[digest].encode(), *command[2:])
        seconds, microseconds = self._time()
        set_time = ("HSET", TIME_KEY, "seconds", seconds, "microseconds", microseconds)
        self._connection.send_packed_command(self._connection.pack_commands([set_time, command]))
        self._connection.read_response()
        reply = self._reply()
        self._deliver()
        return reply

    def _time(self) -> tuple[int, int]:
        now = round(self._clock() * 1e6)
        return now // 1_000_000, now % 1_000_000

    def _load(self, script: bytes) -> bytes:
        digest = sha1(script, usedforsecurity=False).hexdigest().encode()
        if digest not in self._digests:
            text = script.decode().replace(REAL_TIME, VIRTUAL_TIME)
            self._connection.send_command("SCRIPT", "LOAD", text)
            self._digests[digest] = self._connection.read_response().decode()
        return digest

    def _reply(self) -> Any:
        try:
            return self._connection.read_response()
        except ResponseError as error:
            return error

    def _deliver(self) -> None:
        """Delivers messages published in the meantime."""
        while self._channel.can_read(0):
            _, channel, message = self._channel.read_response()
            if self.on_publish is not None:
                self.on_publish(channel, message)


def _connect(port: int) -> Connection:
    connection = redis.Connection(port=port)
    connection.connect()
    return connection


@contextmanager
def virtual_time_server(clock: Callable[[], float]) -> Iterator[VirtualTimeServer]:
    with Server() as server:
        yield VirtualTimeServer(int(server.url.rpartition(":")[2].partition("/")[0]), clock)
