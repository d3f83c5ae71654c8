"""redis-py's connections with three changes.

hiredis packs the commands: a busy worker's commits are long, and redis-py's own packer takes a sixth of its CPU time.
And a cancelled send stays cancelled: redis-py 5 sends inside `asyncio.wait_for`, which before Python 3.12 swallows a
cancellation that arrives just as the send completes. And a connection to a server that is no longer the primary is
closed, so that the next one finds the new primary (redis_client/primary.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import hiredis
from redis.asyncio.connection import AbstractConnection, Connection, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.sentinel import SentinelManagedConnection, SentinelManagedSSLConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from redis_client.primary import Generation, shows_moved_primary


def pack(*args: Any) -> list[bytes]:
    """Encodes one command; a name of several words (`CLIENT SETINFO`) becomes several arguments."""
    name, rest = args[0], args[1:]
    words = name.split() if isinstance(name, (str, bytes)) else (name,)
    return [hiredis.pack_command((*words, *rest))]


class Packed(AbstractConnection):
    def __init__(self, *args: Any, generation: Generation | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._generation = generation
        self._connected_in = 0

    async def connect(self) -> None:
        """Reconnects if another connection of the client found since that the primary has moved."""
        if self._generation is not None:
            if self.is_connected and self._connected_in != self._generation.number:
                await self.disconnect(nowait=True)
            self._connected_in = self._generation.number
        await super().connect()  # type: ignore[no-untyped-call]

    async def read_response(self, *args: Any, **options: Any) -> Any:
        """Closes the connection and raises redis.exceptions.ConnectionError, which redis-py retries, if the reply shows
        that the server is not a usable primary."""
        try:
            return await super().read_response(*args, **options)
        except ResponseError as error:
            if not shows_moved_primary(error):
                raise
            await self.disconnect(nowait=True)
            if self._generation is not None:
                self._generation.end(self._connected_in)
            raise RedisConnectionError(f"the server is not a usable primary: {error}") from error

    def pack_command(self, *args: Any) -> list[bytes]:
        return pack(*args)

    async def send_packed_command(self, command: bytes | str | Iterable[bytes], check_health: bool = True) -> None:
        """Raises redis.exceptions.TimeoutError or ConnectionError, and closes the connection, since half a command may
        have been sent."""
        if not self.is_connected:
            await self.connect()
        elif check_health:
            await self.check_health()  # type: ignore[no-untyped-call]
        text = command.encode() if isinstance(command, str) else command
        try:
            async with asyncio.timeout(self.socket_timeout):
                await self._send_packed_command([text] if isinstance(text, bytes) else text)
        except TimeoutError:
            await self.disconnect(nowait=True)
            raise RedisTimeoutError("timed out sending the command") from None
        except OSError as error:
            await self.disconnect(nowait=True)
            raise RedisConnectionError(f"the command could not be sent ({type(error).__name__})") from error
        except BaseException:
            await self.disconnect(nowait=True)
            raise


class PackedConnection(Packed, Connection):
    pass


class PackedSslConnection(Packed, SSLConnection):
    pass


class PackedUnixConnection(Packed, UnixDomainSocketConnection):
    pass


class PackedSentinelConnection(Packed, SentinelManagedConnection):
    pass


class PackedSentinelSslConnection(Packed, SentinelManagedSSLConnection):
    pass
