"""A failed send raises redis-py's exceptions and closes the connection, since half a command may have been sent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest
from redis.exceptions import ConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from redis_client.packed_connection import PackedConnection


class Connected(PackedConnection):
    """A connection without a server: sending fails with `problem`, or records the bytes."""

    def __init__(self, problem: BaseException | None = None) -> None:
        super().__init__()
        self.problem, self.sent, self.closed = problem, list[bytes](), False

    @property
    def is_connected(self) -> bool:
        return True

    async def _send_packed_command(self, command: Iterable[bytes]) -> None:
        if self.problem is not None:
            raise self.problem
        self.sent += command

    async def disconnect(self, nowait: bool = False) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("problem", "raised"),
    [
        (TimeoutError(), RedisTimeoutError),
        (ConnectionResetError("reset"), ConnectionError),
        (asyncio.CancelledError(), asyncio.CancelledError),
    ],
)
async def test_failed_send_closes_the_connection(problem: BaseException, raised: type[BaseException]) -> None:
    connection = Connected(problem)
    with pytest.raises(raised):
        await connection.send_packed_command(b"PING", check_health=False)
    assert connection.closed


@pytest.mark.parametrize("command", ["PING", b"PING", [b"PI", b"NG"]])
async def test_command_may_be_text_bytes_or_parts(command: bytes | str | list[bytes]) -> None:
    connection = Connected()
    await connection.send_packed_command(command, check_health=False)
    assert b"".join(connection.sent) == b"PING"
    assert not connection.closed
