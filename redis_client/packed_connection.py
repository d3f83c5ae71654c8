"""redis-py's connections with five changes:

hiredis packs the commands: a busy worker's commits are long, and redis-py's own packer takes a sixth of its CPU time.
A cancelled send stays cancelled: redis-py 5 sends inside `asyncio.wait_for`, which before Python 3.12 swallows a
cancellation that arrives just as the send completes. A connection to a server that is no longer the primary is closed,
so that the next one finds the new primary (redis_client/primary.py). So is a silent connection
(redis_client/silence.py): the server may be frozen and replaced as primary. A connection is checked before its next
command without a turn of the event loop, which costs more than half of a small command.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable
from typing import Any

import hiredis
from redis.asyncio.cluster import ClusterParser
from redis.asyncio.connection import AbstractConnection, Connection, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.sentinel import SentinelManagedConnection, SentinelManagedSSLConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from redis_client.arrivals import nothing_arrived
from redis_client.primary import Generation, shows_moved_primary
from redis_client.silence import SilenceClusterParser, SilenceParser, unacknowledged, while_moving

CLOSE_SECONDS = 0.1


def pack(*args: Any) -> list[bytes]:
    """Encodes one command; a name of several words (`CLIENT SETINFO`) becomes several arguments."""
    name, rest = args[0], args[1:]
    words = name.split() if isinstance(name, (str, bytes)) else (name,)
    return [hiredis.pack_command((*words, *rest))]


class Packed(AbstractConnection):
    """`socket_timeout` limits the time of a whole command or reply. Silence ends the connection earlier."""

    def __init__(self, *args: Any, generation: Generation | None = None, **options: Any) -> None:
        of_cluster = options.get("parser_class") is ClusterParser
        options["parser_class"] = SilenceClusterParser if of_cluster else SilenceParser
        super().__init__(*args, **options)
        self._generation = generation
        self._connected_in = 0
        self._whole_seconds = float(self.socket_timeout or math.inf)
        # redis-py would start a timer for each reply; the parser has one for each read.
        self.socket_timeout = None

    @property
    def is_outdated(self) -> bool:
        """Whether another connection of the client has since found that the primary may have moved."""
        return self._generation is not None and self._connected_in != self._generation.number

    async def connect(self) -> None:
        """Reconnects if the connection is outdated."""
        if self._generation is not None:
            if self.is_connected and self.is_outdated:
                await self.disconnect(nowait=True)
            self._connected_in = self._generation.number
        await super().connect()  # type: ignore[no-untyped-call]

    async def disconnect(self, nowait: bool = False) -> None:
        """Closes the connection. A silent peer does not delay it, whereas redis-py waits for the peer's TLS close."""
        writer = self._writer
        await super().disconnect(nowait=True)
        if writer is None or nowait:
            return
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await writer.wait_closed()
        except (OSError, TimeoutError):
            writer.transport.abort()

    async def can_read_destructive(self) -> bool:
        """Whether data arrived that no command asked for. Raises redis.exceptions.ConnectionError if the server has
        closed the connection."""
        parser: SilenceParser = self._parser  # type: ignore[assignment]
        stream, writer = self._reader, self._writer
        if stream is not None and writer is not None and not parser.has_data and nothing_arrived(stream, writer):
            return False
        return bool(await super().can_read_destructive())  # type: ignore[no-untyped-call]

    async def read_response(self, disable_decoding: bool = False, timeout: float | None = None, **options: Any) -> Any:
        """Closes the connection and raises redis.exceptions.TimeoutError after silence, or ConnectionError if the reply
        shows that the server is not a usable primary. redis-py retries both. With `timeout`, silence is not an
        error."""
        parser: SilenceParser = self._parser  # type: ignore[assignment]
        parser.unsent = self._unsent
        parser.ends_at = None if timeout is not None else asyncio.get_running_loop().time() + self._whole_seconds
        try:
            return await super().read_response(disable_decoding, timeout, **options)
        except RedisTimeoutError:
            self._end_generation()
            raise
        except ResponseError as error:
            if not shows_moved_primary(error):
                raise
            await self.disconnect(nowait=True)
            self._end_generation()
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
            await self._send_packed_command([text] if isinstance(text, bytes) else text)
        except TimeoutError:
            await self.disconnect(nowait=True)
            self._end_generation()
            raise RedisTimeoutError("timed out sending the command") from None
        except OSError as error:
            await self.disconnect(nowait=True)
            raise RedisConnectionError(f"the command could not be sent ({type(error).__name__})") from error
        except BaseException:
            await self.disconnect(nowait=True)
            raise

    async def _send_packed_command(self, command: Iterable[bytes]) -> None:
        writer = self._writer
        if writer is None:
            # The cluster client closes the connections of a node that left while other calls are about to use them.
            raise RedisConnectionError("the connection was closed before the command was sent")
        writer.writelines(command)
        if writer.transport.get_write_buffer_size():
            await while_moving(writer.drain, self._unsent, asyncio.get_running_loop().time() + self._whole_seconds)
        else:
            await writer.drain()

    def _unsent(self) -> int:
        """Bytes of commands that have not reached the server."""
        if self._writer is None:
            return 0
        buffered: int = self._writer.transport.get_write_buffer_size()
        return buffered + unacknowledged(self._writer.get_extra_info("socket").fileno())

    def _end_generation(self) -> None:
        """Makes the client's other connections reconnect before their next command."""
        if self._generation is not None:
            self._generation.end(self._connected_in)


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
