"""A command that can not be sent is told of as redis-py tells it; its connection, half a command in it, is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest
from redis.exceptions import ConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from redis_client.packed_connection import PackedConnection


class Connected(PackedConnection):
    """Without a server: sending fails with `problem`, or takes what it is given."""

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
    ("problem", "told"),
    [
        (TimeoutError(), RedisTimeoutError),
        (ConnectionResetError("reset"), ConnectionError),
        (asyncio.CancelledError(), asyncio.CancelledError),
    ],
)
async def test_what_can_not_be_sent_ends_its_connection(problem: BaseException, told: type[BaseException]) -> None:
    connection = Connected(problem)
    with pytest.raises(told):
        await connection.send_packed_command(b"PING", check_health=False)
    assert connection.closed


@pytest.mark.parametrize("command", ["PING", b"PING", [b"PI", b"NG"]])
async def test_a_command_may_be_a_text_bytes_or_parts(command: bytes | str | list[bytes]) -> None:
    connection = Connected()
    await connection.send_packed_command(command, check_health=False)
    assert b"".join(connection.sent) == b"PING"
    assert not connection.closed
