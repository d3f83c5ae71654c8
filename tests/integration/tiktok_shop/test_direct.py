"""Direct connections send, read, stay open and fail as HTTP/1.1 requires, on both event loops."""

from __future__ import annotations

import asyncio
import gzip
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.raw_host import Answer, RawHost, raw_host
from tests.support.working_engine import until_true
from tiktok_shop.connection import MAX_HEAD_BYTES, NoReply, Reply
from tiktok_shop.direct import DirectConnections, NotConnected, direct_connections
from tiktok_shop.response_body import SMALL_RESPONSE_BYTES, BodyRejected
from tiktok_shop.route import Route

PLAIN = b"HTTP/1.1 200 OK\r\ndate: then\r\ncontent-length: 2\r\n\r\nok"
FORGED = b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged"
LARGE = b"x" * (SMALL_RESPONSE_BYTES + 1)


@asynccontextmanager
async def host(*answers: bytes | None, read_seconds: float = 20.0) -> AsyncIterator[tuple[RawHost, DirectConnections]]:
    """A host with these answers, and connections to it. Empty bytes close the connection, None leaves it silent."""
    async with raw_host() as there:
        there.answers.extend(map(_answer, answers))
        connections = direct_connections(f"{there.url}/base/", Route(), 5.0, read_seconds, 10)
        assert connections is not None
        try:
            yield there, connections
        finally:
            connections.close()


def _answer(raw: bytes | None) -> Answer:
    ends = raw is not None and (not raw or (b"\r\n\r\n" in raw and b"content-length" not in raw))
    return Answer(raw or b"", "close" if ends else "stay")


async def ask(
    connections: DirectConnections, *, max_bytes: int = 10**9, seconds: float = 20.0, slots: int = 1
) -> Reply:
    request = connections.request_of("GET", "/a", {"b": "c"}, {"token": "d"}, None)
    return await connections.request(request, max_bytes, seconds, asyncio.Semaphore(slots))


async def test_request_carries_path_query_headers_and_body() -> None:
    async with host(PLAIN) as (there, connections):
        request = connections.request_of("PUT", "/a b", {"c": "d&e f"}, {"token": "t"}, b"{}")
        reply = await connections.request(request, 100, 20.0, asyncio.Semaphore(1))
    assert (reply.status, bytes(reply.body), reply.header(b"date")) == (200, b"ok", "then")
    lines = there.heads[0].split("\r\n")
    assert lines[0] == "PUT /base/a%20b?c=d%26e+f HTTP/1.1"
    assert {"token: t", "content-length: 2", "accept-encoding: gzip"} <= set(lines)
    assert any(line.startswith("host: 127.0.0.1:") for line in lines)


async def test_write_without_a_body_states_its_length() -> None:
    async with host() as (_, connections):
        assert b"content-length: 0\r\n" in connections.request_of("POST", "/a", {}, {}, None)
        assert b"content-length" not in connections.request_of("GET", "/a", {}, {}, None)


@pytest.mark.parametrize("value", ["a\r\nx: y", "a\nb", "a\rb"])
async def test_line_break_in_a_header_is_refused(value: str) -> None:
    async with host() as (_, connections):
        with pytest.raises(ValueError, match="line break"):
            connections.request_of("GET", "/a", {}, {"token": value}, None)


async def test_connection_is_used_again() -> None:
    chunked = (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length-not: 1\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    )
    early = b"HTTP/1.1 100 Continue\r\n\r\n"
    async with host(PLAIN, chunked, early + PLAIN, PLAIN) as (there, connections):
        bodies = [bytes((await ask(connections)).body) for _ in range(4)]
    assert bodies == [b"ok", b"abc", b"ok", b"ok"]
    assert len(there.writers) == 1


@pytest.mark.parametrize(
    "last",
    [
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\n\r\nok",
    ],
    ids=["close", "HTTP/1.0", "until the end"],
)
async def test_response_that_ends_its_connection_is_read(last: bytes) -> None:
    async with host(last, PLAIN) as (there, connections):
        assert bytes((await ask(connections)).body) == b"ok"
        assert bytes((await ask(connections)).body) == b"ok"
    assert len(there.writers) == 2


async def test_connection_closed_while_idle_is_not_used() -> None:
    async with host(PLAIN, PLAIN) as (there, connections):
        await ask(connections)
        kept = connections._idle[0]
        there.writers[0].close()
        await until_true(lambda: not kept.is_usable)
        await ask(connections)
    assert len(there.writers) == 2


async def test_unexpected_bytes_end_the_connection() -> None:
    async with host(PLAIN, PLAIN) as (there, connections):
        await ask(connections)
        kept = connections._idle[0]
        there.writers[0].write(FORGED)
        await until_true(lambda: not kept.is_usable)
        assert bytes((await ask(connections)).body) == b"ok"


@pytest.mark.parametrize("waiting", [FORGED, b"H", b""], ids=["a response", "a byte", "the end"])
async def test_connection_with_something_to_read_is_not_used(waiting: bytes) -> None:
    async with host(PLAIN, PLAIN) as (there, connections):
        await ask(connections)
        other_end = socket.socket(fileno=os.dup(there.writers[0].get_extra_info("socket").fileno()))
        with other_end:
            # The loop does not run before the next request, so it has not read this.
            other_end.send(waiting) if waiting else other_end.shutdown(socket.SHUT_WR)
            assert bytes((await ask(connections)).body) == b"ok"
        assert (len(there.heads), len(there.writers)) == (2, 2)


async def test_late_response_reaches_no_other_request() -> None:
    async with host(None, PLAIN, read_seconds=0.05) as (there, connections):
        with pytest.raises(TimeoutError):
            await ask(connections)
        there.writers[0].write(FORGED)
        assert bytes((await ask(connections)).body) == b"ok"


async def test_connection_whose_request_is_partly_unsent_is_not_used() -> None:
    async def answer_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(PLAIN)

    server = await asyncio.start_server(answer_at_once, "127.0.0.1", 0)
    connections = direct_connections(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", Route(), 5.0, 20.0, 10)
    assert connections is not None
    request = connections.request_of("PUT", "/a", {}, {}, bytes(16 * 1024 * 1024))
    assert bytes((await connections.request(request, 100, 20.0, asyncio.Semaphore(1))).body) == b"ok"
    assert not connections._idle
    server.close()


async def test_end_closes_the_connections_in_use() -> None:
    async with host(None) as (there, connections):
        asking = asyncio.create_task(ask(connections))
        await until_true(lambda: bool(there.heads))
        connections.close()
        with pytest.raises(NoReply):
            await asking
        with pytest.raises(NotConnected):
            await ask(connections)
        assert not connections._idle
        assert not connections._busy


async def test_request_that_waits_for_a_connection_was_not_sent() -> None:
    async with host(None) as (there, connections):
        connections._slots = asyncio.Semaphore(1)
        asking = asyncio.create_task(ask(connections))
        await until_true(lambda: bool(there.heads))
        with pytest.raises(NotConnected) as waited:
            await ask(connections, seconds=0.05)
        assert isinstance(waited.value.__cause__, TimeoutError)
        asking.cancel()
        await asyncio.wait((asking,))
        assert not connections._slots.locked()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length-not: " + b"x" * MAX_HEAD_BYTES,
        FORGED + PLAIN,
        PLAIN + b"more",
    ],
    ids=["closed", "cut", "not HTTP", "two lengths", "endless headers", "two responses", "more than asked for"],
)
async def test_a_broken_reply_counts_as_none(answer: bytes) -> None:
    async with host(answer, PLAIN) as (there, connections):
        asking = asyncio.create_task(ask(connections))
        await until_true(lambda: bool(there.heads))
        if answer.endswith(b"ok"):
            await until_true(lambda: not there.answers or len(there.answers) == 1)
            there.writers[0].close()
        with pytest.raises(NoReply):
            await asking
        assert bytes((await ask(connections)).body) == b"ok"


async def test_silence_and_the_whole_time_are_limited() -> None:
    async with host(None, None, read_seconds=0.05) as (_, connections):
        with pytest.raises(TimeoutError):
            await ask(connections)
    async with host(None, read_seconds=20.0) as (_, connections):
        with pytest.raises(TimeoutError):
            await ask(connections, seconds=0.05)


async def test_connection_of_a_cancelled_request_is_not_used() -> None:
    async with host(None, PLAIN) as (there, connections):
        asking = asyncio.create_task(ask(connections))
        await until_true(lambda: bool(there.heads))
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await ask(connections)
    assert len(there.writers) == 2


async def test_large_body_waits_for_a_slot_and_is_read_in_parts() -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(LARGE), LARGE)
    async with host(answer, answer, answer) as (_, connections):
        with pytest.raises(TimeoutError):
            await ask(connections, seconds=0.3, slots=0)
        assert (await ask(connections)).body == LARGE
        with pytest.raises(BodyRejected, match="more than") as rejected:
            await ask(connections, max_bytes=1000)
        assert rejected.value.status == 200


@pytest.mark.parametrize("content", [b"ok", LARGE], ids=["small", "large"])
async def test_compressed_body_is_decompressed(content: bytes) -> None:
    packed = gzip.compress(content)
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(packed)
    async with host(head + packed, head + packed) as (_, connections):
        assert (await ask(connections)).body == content
        with pytest.raises(BodyRejected, match="more than"):
            await ask(connections, max_bytes=1)


async def test_unreachable_host_is_not_connected() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        connections = direct_connections(f"http://127.0.0.1:{nobody.getsockname()[1]}", Route(), 5.0, 20.0, 10)
        assert connections is not None
        with pytest.raises(NotConnected) as refused:
            await ask(connections)
    assert isinstance(refused.value.__cause__, ConnectionRefusedError)


def test_proxied_host_and_missing_httptools_have_no_direct_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    assert direct_connections("https://api.example", Route("http://proxy:1"), 5.0, 20.0, 10) is None
    assert direct_connections("https://api.example", Route(), 5.0, 20.0, 10) is not None
    monkeypatch.setitem(sys.modules, "httptools", None)
    assert direct_connections("https://api.example", Route(), 5.0, 20.0, 10) is None
