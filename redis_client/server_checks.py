"""Checks of the Redis server at start: its version, its eviction policy, and the rights of the user.

A process without the right to run one of its commands would fail much later, as if Redis were unavailable.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import NoPermissionError, ResponseError

from redis_client.connect import AnyRedis, one_server

OLDEST_VERSION = (7, 0)
"""Redis supports script flags since 7.0; every Valkey does."""
NO_EVICTION = "noeviction"


class UnsuitableRedis(Exception):
    """The server or the rights of its user are insufficient; the message states the remedy."""


async def check_server(redis: AnyRedis, key: str) -> None:
    """Raises UnsuitableRedis for an old version or an eviction policy. `key`: on a cluster, a key of the server."""
    async with await one_server(redis, key) as server:
        info: dict[str, Any] = await server.info()
    version = str(info.get("redis_version", ""))
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < OLDEST_VERSION:
        raise UnsuitableRedis(f"Redis {version} is too old: Redis 7.0 or Valkey is required")
    policy = str(info.get("maxmemory_policy", NO_EVICTION))
    if policy != NO_EVICTION:
        raise UnsuitableRedis(
            f"Redis has maxmemory-policy {policy}, which deletes shops, tokens and jobs when memory is full:"
            f" set it to {NO_EVICTION}"
        )


async def check_rights(redis: AnyRedis, commands: Sequence[tuple[str | int, ...]], key: str) -> None:
    """Raises UnsuitableRedis, which lists every command that the user may not run with these keys.

    The commands are queued in a transaction that is discarded, so the server checks them and runs none.
    """
    async with await one_server(redis, key) as server:
        connection: AbstractConnection = await server.connection_pool.get_connection()
        try:
            refused = await _refused(connection, commands)
        finally:
            await connection.disconnect()
            await server.connection_pool.release(connection)
        if refused:
            user, missing = await _user(server), ", ".join(dict.fromkeys(refused))
            raise UnsuitableRedis(
                f"Redis user {user} lacks rights: {missing}. Grant them (deploy/redis/users.acl lists all)"
            )


async def _refused(connection: AbstractConnection, commands: Sequence[tuple[str | int, ...]]) -> list[str]:
    """Sends everything at once: on a slow link a round trip per command would take most of a minute."""
    await connection.send_packed_command(
        [part for command in (("MULTI",), *commands, ("DISCARD",)) for part in connection.pack_command(*command)]
    )
    refused, unexpected = [], None
    for command in (("MULTI",), *commands, ("DISCARD",)):
        try:
            await connection.read_response()
        except NoPermissionError:
            refused.append(_shown(command))
        except ResponseError as error:
            # On a cluster keys of other servers are refused too, but only after the rights were checked.
            if not str(error).startswith(("MOVED", "CROSSSLOT", "TRYAGAIN", "CLUSTERDOWN")):
                unexpected = unexpected or error
    if unexpected is not None:
        raise unexpected
    return refused


def _shown(command: Sequence[str | int]) -> str:
    """Returns the command with its first key; those of scripts come after the script and the number of keys."""
    name, *parts = map(str, command)
    is_script = name.upper() in ("EVAL", "EVALSHA")
    return " ".join((name, *parts[2 if is_script else 0 :][:1]))


async def _user(server: Redis) -> str:
    try:
        name = await server.execute_command("ACL", "WHOAMI")
    except ResponseError:
        return "(unknown)"
    return name.decode() if isinstance(name, bytes) else str(name)
