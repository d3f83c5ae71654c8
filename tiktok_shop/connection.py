"""One HTTP/1.1 connection that carries one request at a time; httptools parses the responses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, cast

from tiktok_shop.response_body import BodyRejected, read_body, small_body

MAX_HEAD_BYTES = 65_536
"""Status line and headers of a response."""
MAX_BUFFERED_BYTES = 262_144
"""Part of a body that waits to be read before its sender is slowed down."""
_KEPT_HEADERS = frozenset({b"date", b"retry-after", b"content-encoding", b"content-length", b"transfer-encoding"})


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
