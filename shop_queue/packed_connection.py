"""Connections that leave the packing of commands to hiredis: the commits of a busy worker are long, and redis-py's own
packer takes a sixth of its time."""

from __future__ import annotations

from typing import Any

import hiredis
from redis.asyncio.connection import Connection, UnixDomainSocketConnection


def pack(*args: Any) -> list[bytes]:
    """One command in the Redis protocol; a name of several words (`CLIENT SETINFO`) goes as several arguments."""
    name, rest = args[0], args[1:]
    words = name.split() if isinstance(name, (str, bytes)) else (name,)
    return [hiredis.pack_command((*words, *rest))]


class PackedConnection(Connection):
    def pack_command(self, *args: Any) -> list[bytes]:
        return pack(*args)


class PackedUnixConnection(UnixDomainSocketConnection):
    def pack_command(self, *args: Any) -> list[bytes]:
        return pack(*args)
