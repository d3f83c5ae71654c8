"""Before a command, an idle connection is checked for data, errors and its end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from redis_client.arrivals import nothing_arrived

Connected = tuple[asyncio.StreamReader, asyncio.StreamWriter, socket.socket]


@pytest.fixture
async def connected() -> AsyncIterator[Connected]:
    own, peer = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=own)
    with peer:
        yield reader, writer, peer
    writer.close()


def test_nothing_arrives_on_an_idle_connection(connected: Connected) -> None:
    reader, writer, _ = connected
    assert nothing_arrived(reader, writer)


def test_data_that_only_the_kernel_has_is_seen(connected: Connected) -> None:
    reader, writer, peer = connected
    peer.sendall(b"+OK")
    assert not nothing_arrived(reader, writer)


async def test_data_that_the_stream_has_is_seen(connected: Connected) -> None:
    reader, writer, peer = connected
    peer.sendall(b"+OK")
    await reader.readexactly(1)
    assert not nothing_arrived(reader, writer)


def test_an_end_that_only_the_kernel_knows_is_seen(connected: Connected) -> None:
    reader, writer, peer = connected
    peer.close()
    assert not nothing_arrived(reader, writer)


async def test_an_end_is_seen(connected: Connected) -> None:
    reader, writer, peer = connected
    peer.close()
    assert await reader.read() == b""
    assert not nothing_arrived(reader, writer)


async def test_a_closed_connection_is_not_quiet(connected: Connected) -> None:
    reader, writer, _ = connected
    writer.transport.abort()
    await asyncio.sleep(0)
    assert not nothing_arrived(reader, writer)
