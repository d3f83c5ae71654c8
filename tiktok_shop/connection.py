"""One HTTP/1.1 connection that carries one request at a time; httptools parses the responses."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, cast

from tiktok_shop.response_body import BodyRejected, read_body, small_body

MAX_HEAD_BYTES = 65_536
"""Maximum number of consecutive response bytes outside its body: headers, trailers, framing."""
MAX_BUFFERED_BYTES = 262_144
"""Number of unread body bytes at which the sender is slowed down."""
_KEPT_HEADERS = frozenset({b"date", b"retry-after", b"content-encoding", b"content-length", b"transfer-encoding"})
_SWITCHING_PROTOCOLS = 101
_LENIENT = {
    "lenient_headers": True, "lenient_optional_cr_before_lf": True, "lenient_spaces_after_chunk_size": True
}  # fmt: skip
"""aiohttp tolerates these too, so that the same servers work with and without httptools."""


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


class Connection(asyncio.Protocol):
    """Sends one request at a time. httptools calls the methods from `on_message_begin` to `on_message_complete`."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, opened: socket.socket, new_parser: Any, read_seconds: float
    ) -> None:
        self.loop, self.idle_since = loop, 0.0
        self._socket = opened
        self.is_usable = False
        """Whether another request may be sent."""
        self._read_seconds = read_seconds
        self._parser = new_parser(self)
        self._parser.set_dangerous_leniencies(**_LENIENT)
        self._error: Exception | None = None
        self._reset(0.0)

    def _reset(self, ends_at: float) -> None:
        self._headers: dict[bytes, bytes] = {}
        self._body = bytearray()
        self._bytes_without_body = self._status = 0
        self._has_head = self._is_complete = self._ends_with_connection = False
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
                body = small_body(self._body, encoding, max_bytes)
            if body is None:
                async with asyncio.timeout_at(ends_at):
                    body = await read_body(self, encoding, max_bytes, large_slots)
            # An early response leaves part of the request unsent.
            is_sent = not self._transport.get_write_buffer_size()
            self.is_usable = self._stays_open and is_sent and not self._transport.is_closing()
            return Reply(self._status, self._headers, body)
        except BodyRejected as rejected:
            rejected.status = self._status
            raise
        finally:
            self._timer.cancel()
            self._body = bytearray()
            if not self.is_usable:
                self._transport.abort()

    async def iter_any(self) -> AsyncIterator[bytearray]:
        """The body as it arrives."""
        while True:
            if self._body:
                yield self._taken()
            if self._is_complete and not self._body:
                return
            if self._error is None:
                self._transport.resume_reading()
            await self._more()

    def _taken(self) -> bytearray:
        taken, self._body = self._body, bytearray()
        return taken

    async def _more(self) -> None:
        """Returns when the response is complete or a large part of it has arrived. Raises NoReply, TimeoutError."""
        if not self._is_complete and len(self._body) <= MAX_BUFFERED_BYTES and self._error is None:
            self._waiter = self.loop.create_future()
            await self._waiter
        if self._error is not None:
            raise self._error

    def is_quiet(self) -> bool:
        """Whether neither the end of the connection nor unexpected bytes are waiting to be read."""
        if not self.is_usable or self._transport.is_closing():
            return False
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Closes immediately: a peer may delay the end of TLS."""
        self.is_usable = False
        self._transport.abort()

    def _wake(self, error: Exception | None = None) -> None:
        self._error = self._error or error
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _check_time(self) -> None:
        if self._is_complete:
            return
        now = self.loop.time()
        if self._transport.get_write_buffer_size() or len(self._body) > MAX_BUFFERED_BYTES:
            self._heard_at = now  # The request is still being sent, or this process is slow to read.
        if now >= self._ends_at or now >= self._heard_at + self._read_seconds:
            self._wake(TimeoutError())
        else:
            self._timer = self.loop.call_at(min(self._ends_at, self._heard_at + self._read_seconds), self._check_time)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport is not a subclass of asyncio.Transport.
        self._transport = cast(asyncio.Transport, transport)
        self.is_usable = True

    def data_received(self, data: bytes) -> None:
        if self.is_usable or self._error is not None:
            # There is no request: bytes that arrive now would be mistaken for the next response.
            self.close()
            return
        self._heard_at = self.loop.time()
        self._bytes_without_body += len(data)
        try:
            self._parser.feed_data(data)
        except Exception as problem:  # httptools' exceptions have no common base class.
            # Of two responses, either could be the one for this request.
            reason = "more than one response" if self._is_complete else f"not HTTP ({type(problem).__name__})"
            self._wake(NoReply(reason))
            return
        if self._is_complete:
            self._wake()
        elif self._bytes_without_body > MAX_HEAD_BYTES:
            self._wake(NoReply("the headers are too long"))
        elif len(self._body) > MAX_BUFFERED_BYTES:
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
        if lower not in _KEPT_HEADERS or self._has_head:  # A trailer changes nothing.
            return
        if lower == b"transfer-encoding":
            self._headers[lower] = value  # The last coding decides where the body ends.
        else:
            self._headers.setdefault(lower, value)

    def on_headers_complete(self) -> None:
        self._status = status = self._parser.get_status_code()
        self._has_head = status == _SWITCHING_PROTOCOLS or not 100 <= status < 200
        is_chunked = self._headers.get(b"transfer-encoding", b"").strip().lower().endswith(b"chunked")
        self._ends_with_connection = not is_chunked and b"content-length" not in self._headers

    def on_body(self, body: bytes) -> None:
        self._body += body
        self._bytes_without_body = 0

    def on_message_complete(self) -> None:
        self._is_complete = self._has_head
        # The parser forgets it after this call.
        self._stays_open = self._parser.should_keep_alive() and self._status >= 200
