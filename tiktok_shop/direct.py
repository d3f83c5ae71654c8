"""HTTP/1.1 to one host without aiohttp's layers: connections that carry one request at a time, parsed by httptools.

Those layers cost a worker as much CPU time as its decisions (docs/decisions/0031-direct-connections.md).
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from aiohappyeyeballs import start_connection  # a dependency of aiohttp
from aiohttp.http import SERVER_SOFTWARE

from tiktok_shop.response_body import BodyRejected, read_body, small_body
from tiktok_shop.route import Route

IDLE_SECONDS = 60.0
EYEBALLS_SECONDS = 0.25
"""Seconds after which the next address of a host is tried as well."""
MAX_HEAD_BYTES = 65_536
"""Status line and headers of a response."""
MAX_BUFFERED_BYTES = 262_144
"""Part of a body that waits to be read before its sender is slowed down."""
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.~-]+")
_KEPT_HEADERS = frozenset({b"date", b"retry-after", b"content-encoding", b"content-length", b"transfer-encoding"})


class NotConnected(Exception):
    """No connection was made, so nothing was sent. `__cause__` is the reason."""


class NoReply(Exception):
    """The connection broke, or the reply is not HTTP. The request may have arrived."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: dict[bytes, bytes]
    """Only _KEPT_HEADERS, by their names in lower case."""
    body: bytes | bytearray = field(repr=False)

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")


class DirectConnections:
    """At most `limit` connections. `request` waits for one of them and may be called from any number of tasks."""

    def __init__(
        self,
        new_parser: Any,
        address: SplitResult,
        tls: ssl.SSLContext | None,
        connect_seconds: float,
        read_seconds: float,
        limit: int,
    ) -> None:
        """`new_parser` is httptools.HttpResponseParser. `read_seconds` limits silence."""
        self._new_parser = new_parser
        self._host = address.hostname or ""
        self._port, self._tls = address.port or (443 if tls else 80), tls
        self._prefix = address.path.rstrip("/")
        host = address.netloc.rpartition("@")[2]
        self._common = (
            f"host: {host}", "accept: */*", "accept-encoding: gzip", f"user-agent: {SERVER_SOFTWARE}"
        )  # fmt: skip
        self._connect_seconds, self._read_seconds = connect_seconds, read_seconds
        self._slots = asyncio.Semaphore(limit)
        self._idle: deque[_Connection] = deque()
        """The connection used last is on the right."""

    def request_of(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes | None
    ) -> bytes:
        """The bytes of one request. Raises ValueError if a header has a line break."""
        plain = path if _PLAIN_PATH.fullmatch(path) else quote(path)
        lines = [f"{method} {self._prefix}{plain}?{urlencode(query)} HTTP/1.1", *self._common]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body or method != "GET":
            lines.append(f"content-length: {len(body or b'')}")
        head = "\r\n".join(lines)
        if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
            raise ValueError("a header has a line break")
        return b"%s\r\n\r\n%s" % (head.encode(), body or b"")

    async def request(
        self, request: bytes, max_bytes: int, total_seconds: float, large_slots: asyncio.Semaphore
    ) -> Reply:
        """Sends the bytes of one request. Raises NotConnected, NoReply, TimeoutError and BodyRejected."""
        ends_at = asyncio.get_running_loop().time() + total_seconds
        if self._slots.locked():
            async with asyncio.timeout_at(ends_at):
                await self._slots.acquire()
        else:
            await self._slots.acquire()
        try:
            connection = self._kept() or await self._connect()
            reply = await connection.exchange(request, max_bytes, ends_at, large_slots)
            if connection.is_usable:
                connection.idle_since = connection.loop.time()
                self._idle.append(connection)
            return reply
        finally:
            self._slots.release()

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _kept(self) -> _Connection | None:
        while self._idle:
            oldest = self._idle[0]
            if oldest.is_usable and oldest.loop.time() - oldest.idle_since <= IDLE_SECONDS:
                break
            self._idle.popleft().close()
        while self._idle:
            if (newest := self._idle.pop()).is_usable:
                return newest
        return None

    async def _connect(self) -> _Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_seconds):
                found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
                # uvloop tries one address after the other, and a broken IPv6 takes longer than `connect_seconds`.
                opened = await start_connection(found, happy_eyeballs_delay=EYEBALLS_SECONDS)
                try:
                    _, connection = await loop.create_connection(
                        lambda: _Connection(loop, self._new_parser, self._read_seconds),
                        sock=opened,
                        ssl=self._tls,
                        server_hostname=self._host if self._tls else None,
                    )
                except BaseException:
                    opened.close()
                    raise
        except OSError as error:  # TimeoutError and the errors of TLS are subclasses.
            raise NotConnected from error
        return connection


def direct_connections(
    url: str, route: Route, connect_seconds: float, read_seconds: float, limit: int
) -> DirectConnections | None:
    """The connections to the host of a URL; None if it is reached through a proxy or httptools is missing."""
    address = urlsplit(url)
    if route.proxy_for(address.hostname or "") is not None:
        return None
    try:
        from httptools import HttpResponseParser  # part of the extra `fast`
    except ImportError:
        return None
    tls: ssl.SSLContext | None = None
    if address.scheme == "https":
        known = route.tls()
        tls = known if isinstance(known, ssl.SSLContext) else ssl.create_default_context()
    return DirectConnections(HttpResponseParser, address, tls, connect_seconds, read_seconds, limit)


class _Connection(asyncio.Protocol):
    """Sends one request at a time. httptools calls the methods from `on_message_begin` to `on_message_complete`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, new_parser: Any, read_seconds: float) -> None:
        self.loop, self.idle_since = loop, 0.0
        self.is_usable = False
        """Whether another request may be sent."""
        self._new_parser, self._read_seconds = new_parser, read_seconds
        self._parser = new_parser(self)
        self._error: Exception | None = None
        self._reset(0.0)

    def _reset(self, ends_at: float) -> None:
        self._headers: dict[bytes, bytes] = {}
        self._chunks: list[bytes] = []
        self._head_bytes = self._buffered = 0
        self._has_head = self._is_complete = self._ends_with_connection = self._has_excess = False
        self._stays_open = False
        self._heard_at, self._ends_at = self.loop.time(), ends_at
        self._waiter: asyncio.Future[None] | None = None

    async def exchange(self, request: bytes, max_bytes: int, ends_at: float, large_slots: asyncio.Semaphore) -> Reply:
        self._reset(ends_at)
        self._timer = self.loop.call_at(min(ends_at, self._heard_at + self._read_seconds), self._check_time)
        try:
            self.is_usable = False
            self._transport.write(request)
            await self._more()
            encoding = self._headers.get(b"content-encoding", b"").decode("latin-1")
            body: bytes | bytearray | None = None
            if self._is_complete:
                body = small_body(b"".join(self._chunks), encoding, max_bytes)
            if body is None:
                async with asyncio.timeout_at(ends_at):
                    body = await read_body(self, encoding, max_bytes, large_slots)
            self.is_usable = self._stays_open and not self._has_excess and not self._transport.is_closing()
            return Reply(self._parser.get_status_code(), self._headers, body)
        except BodyRejected as rejected:
            rejected.status = self._parser.get_status_code()
            raise
        finally:
            self._timer.cancel()
            self._chunks = []
            if not self.is_usable:
                self._transport.abort()

    async def iter_any(self) -> AsyncIterator[bytes]:
        """The body as it arrives."""
        while True:
            chunks, self._chunks, self._buffered = self._chunks, [], 0
            for chunk in chunks:
                yield chunk
            if self._is_complete and not self._chunks:
                return
            self._transport.resume_reading()
            await self._more()

    async def _more(self) -> None:
        """Returns when the response is complete or a large part of it has arrived. Raises NoReply, TimeoutError."""
        if not self._is_complete and self._buffered <= MAX_BUFFERED_BYTES and self._error is None:
            self._waiter = self.loop.create_future()
            await self._waiter
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        self.is_usable = False
        self._transport.close()

    def _wake(self, error: Exception | None = None) -> None:
        self._error = self._error or error
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _check_time(self) -> None:
        now = self.loop.time()
        if self._transport.get_write_buffer_size() or self._buffered > MAX_BUFFERED_BYTES:
            self._heard_at = now  # The request is still being sent, or this process is slow to read.
        if now >= self._ends_at or now >= self._heard_at + self._read_seconds:
            self._wake(TimeoutError())
        else:
            self._timer = self.loop.call_at(min(self._ends_at, self._heard_at + self._read_seconds), self._check_time)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A transport of uvloop is no subclass of asyncio.Transport.
        self._transport = cast(asyncio.Transport, transport)
        self.is_usable = True

    def data_received(self, data: bytes) -> None:
        if self.is_usable or self._error is not None:
            # Nothing was asked: what arrives now would be taken for the next response.
            self.close()
            return
        self._heard_at = self.loop.time()
        if not self._has_head:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except Exception as problem:  # The exceptions of httptools have no common class.
            self._has_excess = True
            self._wake(None if self._is_complete else NoReply(f"not HTTP ({type(problem).__name__})"))
            return
        if not self._has_head and self._head_bytes > MAX_HEAD_BYTES:
            self._wake(NoReply("the headers are too long"))
        elif self._is_complete:
            self._wake()
        elif self._buffered > MAX_BUFFERED_BYTES:
            self._transport.pause_reading()
            self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        self.is_usable = False
        if error is None and self._has_head and self._ends_with_connection:
            self._is_complete = True
            self._wake()
        elif not self._is_complete:
            self._wake(NoReply(type(error).__name__ if error else "disconnected"))

    def on_message_begin(self) -> None:
        if self._is_complete:
            raise ValueError("a second response")
        self._headers = {}

    def on_header(self, name: bytes, value: bytes) -> None:
        lower = name.lower()
        if lower in _KEPT_HEADERS:
            self._headers.setdefault(lower, value)

    def on_headers_complete(self) -> None:
        self._has_head = self._parser.get_status_code() >= 200
        is_bounded = b"content-length" in self._headers or b"transfer-encoding" in self._headers
        self._ends_with_connection = not is_bounded

    def on_body(self, body: bytes) -> None:
        self._chunks.append(body)
        self._buffered += len(body)

    def on_message_complete(self) -> None:
        self._is_complete = self._has_head
        self._stays_open = self._parser.should_keep_alive()  # The parser forgets it after this call.
