"""A connection that another call closes while a command is about to be sent on it."""

from __future__ import annotations

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from redis_client.connect import connect
from redis_client.packed_connection import PackedConnection
from tests.support.tcp_redis import tcp_server


async def test_a_command_on_a_closed_connection_is_a_lost_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cluster client closes the connections of a node that fails, also those that a call has just taken."""
    with tcp_server() as server:
        client = connect(server.url)
        connection = await client.connection_pool.get_connection()  # type: ignore[union-attr]
        assert isinstance(connection, PackedConnection)

        async def closed_meanwhile() -> None:
            await connection.disconnect()

        with monkeypatch.context() as patched:
            patched.setattr(connection, "check_health", closed_meanwhile)
            with pytest.raises(RedisConnectionError, match="closed before the command was sent"):
                await connection.send_command("PING")
        await connection.send_command("PING")
        assert await connection.read_response() == b"PONG"
        await client.aclose()
