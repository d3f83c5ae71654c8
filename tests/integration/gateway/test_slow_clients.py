"""Slow and flooding clients neither block others nor use unbounded memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from http_server import bounded_server
from http_server.bounded_server import Connections
from http_server.health import health_application, serve

MOST = 20
LARGE = 8 * 1024 * 1024


@dataclass
class Site:
    port: int
    at_work: asyncio.Semaphore
    """Released by each request in progress."""
    go_on: asyncio.Event

    async def connect(self, sent: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        return reader, writer

    async def answers(self) -> bool:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10)) as http,
            http.get(f"http://127.0.0.1:{self.port}/healthz") as answer,
        ):
            return answer.status == 200


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async def ready() -> str:
        return ""

    app = health_application(CollectorRegistry(), ready)
    at_work, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def large(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * LARGE)

    async def work(_: web.Request) -> web.Response:
        at_work.release()
        await go_on.wait()
        return web.Response(text="done")

    async def form(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    app.router.add_get("/large", large)
    app.router.add_get("/work", work)
    app.router.add_post("/form", form)
    runner, port = await serve(app, "127.0.0.1", 0, max_connections=MOST)
    yield Site(port, at_work, go_on)
    go_on.set()
    await runner.cleanup()


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ",
        b"POST /form HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nabc",
        b"POST /form HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n",
        b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n",
    ],
    ids=["nothing", "headers trickle", "a body trickles", "chunks trickle", "answered and idle"],
)
async def test_slow_clients_leave_room_for_others(site: Site, begun: bytes) -> None:
    slow = [await site.connect(begun) for _ in range(5 * MOST)]
    assert await site.answers()
    for _, writer in slow:
        writer.close()


async def test_request_in_progress_is_not_evicted(site: Site) -> None:
    reader, writer = await site.connect(b"GET /work HTTP/1.1\r\nhost: x\r\n\r\n")
    await site.at_work.acquire()
    slow = [await site.connect() for _ in range(5 * MOST)]
    assert await site.answers()
    site.go_on.set()
    assert b" 200 " in await reader.readline()
    for _, each in [*slow, (reader, writer)]:
        each.close()


async def test_new_connection_is_refused_when_all_are_busy(site: Site) -> None:
    working = [await site.connect(b"GET /work HTTP/1.1\r\nhost: x\r\n\r\n") for _ in range(MOST)]
    for _ in range(MOST):
        await site.at_work.acquire()
    assert not await served(site)
    site.go_on.set()
    for reader, writer in working:
        assert b" 200 " in await reader.readline()
        writer.close()


async def served(site: Site) -> bool:
    """Return whether a new connection gets a response."""
    reader, writer = await site.connect(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    try:
        return bool(await reader.readline())
    except ConnectionError:
        return False
    finally:
        writer.close()


async def test_client_that_does_not_read_is_cut_off(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_server, "REQUEST_SECONDS", 0.5)
    reader, writer = await site.connect(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
    transport = writer.transport
    transport.pause_reading()  # type: ignore[attr-defined]
    await asyncio.sleep(1.0)
    transport.resume_reading()  # type: ignore[attr-defined]
    received = 0
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(10):
            while chunk := await reader.read(1 << 20):
                received += len(chunk)
    assert received < LARGE
    writer.close()


async def test_endless_headers_are_cut_off(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for flood in (
        b"GET / HTTP/1.1\r\nhost: x\r\n" + b"".join(b"x-%d: y\r\n" % number for number in range(100_000)) + b"\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\ncookie: " + b"a=b; " * 1_000_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
    ):
        reader, writer = await site.connect()
        answer = b""
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(10):
                writer.write(flood)
                answer = await reader.readline()
        assert b" 400 " in answer or answer == b""
        writer.close()
    assert await site.answers()


async def test_pipelined_requests_are_answered_in_order(site: Site) -> None:
    reader, writer = await site.connect(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n" * 2000)
    async with asyncio.timeout(20):
        for _ in range(2000):
            assert b" 200 " in await reader.readline()
            await reader.readuntil(b"\r\n\r\nok\n")
    writer.close()
    assert await site.answers()


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00" * 100 + b"\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /form HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /form HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /form HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"GET http://[ HTTP/1.1\r\nhost: x\r\n\r\n",
    ],
)
async def test_malformed_http_is_refused(site: Site, raw: bytes) -> None:
    reader, writer = await site.connect(raw)
    async with asyncio.timeout(10):
        assert (await reader.readline()).split(b" ")[1][:1] == b"4"
    writer.close()
    assert await site.answers()


@pytest.mark.parametrize(
    "rest",
    [b"zz\r\nnot a chunk\r\n", b"-1\r\n\r\n", b"5\r\nab"],
    ids=["no length", "a negative length", "then gone"],
)
async def test_truncated_body_logs_nothing(site: Site, rest: bytes, caplog: pytest.LogCaptureFixture) -> None:
    _, writer = await site.connect(
        b"POST /form HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n" + rest
    )
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.close()
    assert await site.answers()
    assert not caplog.records


def test_lost_connection_frees_its_slot() -> None:
    connections = Connections(2)

    class Transport(asyncio.Transport):
        def abort(self) -> None:
            raise AssertionError("there was room")

    protocols = [asyncio.Protocol() for _ in range(10)]
    for protocol in protocols:
        assert connections.admit(protocol, Transport())
        connections.forget(protocol)
    assert len(connections) == 0
