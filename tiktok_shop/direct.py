"""HTTP/1.1 to one host without aiohttp's layers: a pool of raw connections.

Those layers cost a worker as much CPU time as its decisions (docs/decisions/0031-direct-connections.md).
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections import deque
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, quote, quote_plus, urlsplit

from aiohappyeyeballs import start_connection  # a dependency of aiohttp
from aiohttp.http import SERVER_SOFTWARE

from tiktok_shop.connection import Connection, Reply
from tiktok_shop.route import Route

IDLE_SECONDS = 60.0
ADDRESS_SECONDS = 10.0
"""Seconds for which the host's addresses are used before another lookup."""
EYEBALLS_SECONDS = 0.25
"""Seconds after which the next address of a host is tried as well."""
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.~-]+")
_PLAIN_TEXT = re.compile(r"[A-Za-z0-9_.~-]*")


class NotConnected(Exception):
    """No connection was free or could be made, so nothing was sent. `__cause__` has the reason."""


def query_text(query: Mapping[str, str]) -> str:
    """As `urllib.parse.urlencode`, which takes twice as long for the usual parameters."""
    return "&".join([f"{_quoted(name)}={_quoted(value)}" for name, value in query.items()])


def _quoted(text: str) -> str:
    # The first test is for speed: most parameters are plain words and numbers.
    return text if (text.isalnum() and text.isascii()) or _PLAIN_TEXT.fullmatch(text) else quote_plus(text)


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
        self._idle: deque[Connection] = deque()
        """The most recently used connection is on the right."""
        self._busy: set[Connection] = set()
        self._is_closed = False
        self._lookup: asyncio.Future[Any] | None = None
        self._found_at = 0.0

    def request_of(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes | None
    ) -> bytes:
        """The bytes of one request. Raises ValueError if a header has a line break."""
        plain = path if _PLAIN_PATH.fullmatch(path) else quote(path)
        lines = [f"{method} {self._prefix}{plain}?{query_text(query)} HTTP/1.1", *self._common]
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
            try:
                async with asyncio.timeout_at(ends_at):
                    await self._slots.acquire()
            except TimeoutError as error:
                raise NotConnected from error
        else:
            await self._slots.acquire()
        try:
            connection = self._kept() or await self._connect(ends_at)
            self._busy.add(connection)
            try:
                reply = await connection.exchange(request, max_bytes, ends_at, large_slots)
            finally:
                self._busy.discard(connection)
            if connection.is_usable:
                connection.idle_since = connection.loop.time()
                self._idle.append(connection)
            return reply
        finally:
            self._slots.release()

    def close(self) -> None:
        self._is_closed = True
        for connection in (*self._idle, *self._busy):
            connection.close()
        self._idle.clear()
        if self._lookup is not None:
            self._lookup.cancel()

    def _kept(self) -> Connection | None:
        while self._idle:
            oldest = self._idle[0]
            if oldest.is_usable and oldest.loop.time() - oldest.idle_since <= IDLE_SECONDS:
                break
            self._idle.popleft().close()
        while self._idle:
            newest = self._idle.pop()
            if newest.is_quiet():
                return newest
            newest.close()
        return None

    async def _addresses(self) -> Any:
        """The addresses of the host. All connections share one lookup: a slow one holds a thread of the process."""
        loop = asyncio.get_running_loop()
        lookup = self._lookup
        if lookup is None or (lookup.done() and (_failed(lookup) or loop.time() - self._found_at > ADDRESS_SECONDS)):
            self._lookup = lookup = asyncio.ensure_future(
                loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
            )
            lookup.add_done_callback(self._found)
        await asyncio.wait((lookup,))
        if lookup.cancelled():
            raise ConnectionAbortedError("closed")
        return lookup.result()

    def _found(self, lookup: asyncio.Future[Any]) -> None:
        self._found_at = lookup.get_loop().time()
        _failed(lookup)  # Retrieves the exception: every waiter may be gone.

    async def _connect(self, ends_at: float) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            if self._is_closed:
                raise ConnectionAbortedError("closed")
            async with asyncio.timeout_at(min(ends_at, loop.time() + self._connect_seconds)):
                # uvloop tries one address after the other, and broken IPv6 takes longer than `connect_seconds`.
                opened = await start_connection(await self._addresses(), happy_eyeballs_delay=EYEBALLS_SECONDS)
                try:
                    _, connection = await loop.create_connection(
                        lambda: Connection(loop, opened, self._new_parser, self._read_seconds),
                        sock=opened,
                        ssl=self._tls,
                        server_hostname=self._host if self._tls else None,
                    )
                except BaseException:
                    opened.close()
                    raise
            # TLS itself may have pending messages.
            if self._is_closed or not (connection.is_usable if self._tls else connection.is_quiet()):
                connection.close()
                raise ConnectionAbortedError("closed, or the host spoke first")
        # TimeoutError and the errors of TLS are subclasses of OSError. A host name that cannot be encoded is a
        # UnicodeError, and uvloop has RuntimeErrors.
        except (OSError, UnicodeError, RuntimeError) as error:
            raise NotConnected from error
        return connection


def _failed(lookup: asyncio.Future[Any]) -> bool:
    return lookup.cancelled() or lookup.exception() is not None


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
        tls.set_alpn_protocols(["http/1.1"])
    return DirectConnections(HttpResponseParser, address, tls, connect_seconds, read_seconds, limit)
