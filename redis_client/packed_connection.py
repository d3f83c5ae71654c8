"""Connections as redis-py has them, but for two things.

The packing of commands is left to hiredis: the commits of a busy worker are long, and redis-py's own packer takes a
sixth of its time. And a command that is cancelled while it is sent is cancelled: redis-py 5 sends within
`asyncio.wait_for`, which before Python 3.12 swallows a cancellation that comes as the sending ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import hiredis
from redis.asyncio.connection import AbstractConnection, Connection, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.sentinel import SentinelManagedConnection, SentinelManagedSSLConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError


def pack(*args: Any) -> list[bytes]:
    """One command in the Redis protocol; a name of several words (`CLIENT SETINFO`) goes as several arguments."""
    name, rest = args[0], args[1:]
    words = name.split() if isinstance(name, (str, bytes)) else (name,)
    return [hiredis.pack_command((*words, *rest))]


class Packed(AbstractConnection):
    def pack_command(self, *args: Any) -> list[bytes]:
        return pack(*args)

    async def send_packed_command(self, command: bytes | str | Iterable[bytes], check_health: bool = True) -> None:
        """Raises redis.exceptions.TimeoutError, ConnectionError; the connection is closed then, half a command may be
        in it."""
        if not self.is_connected:
            await self.connect()  # type: ignore[no-untyped-call]
        elif check_health:
            await self.check_health()  # type: ignore[no-untyped-call]
        text = command.encode() if isinstance(command, str) else command
        try:
            async with asyncio.timeout(self.socket_timeout):
                await self._send_packed_command([text] if isinstance(text, bytes) else text)
        except TimeoutError:
            await self.disconnect(nowait=True)
            raise RedisTimeoutError("the command was not taken in time") from None
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
