"""An aiohttp server with bounded connections and request times, in which slow clients make room for others.

A request may take `REQUEST_SECONDS` in all, including sending the response to a slow reader. A connection without
complete headers is closed after `IDLE_SECONDS`. When all connections are in use, a new one replaces the oldest one that
the server waits for: one that is idle, is still sending, or has received its response. So a client that sends
immediately is served, however many slow clients there are.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import cast

from aiohttp import web
from aiohttp.http import HttpProcessingError

MAX_CONNECTIONS = 500
"""Below the usual limit of 1,024 open files, with room for Redis."""
BACKLOG = 1024
IDLE_SECONDS = 75.0
"""Longer than proxies keep idle connections, so that the proxy closes them first."""
REQUEST_SECONDS = 60.0
MAX_BODY_BYTES = 128 * 1024
"""Webhooks and forms have a few thousand bytes. Uploads have separate limits."""
LINGERING_SECONDS = 2.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Connections:
    """The open connections, and those whose client the server is waiting for."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: dict[asyncio.BaseProtocol, asyncio.Transport] = {}
        self._requests: dict[asyncio.BaseProtocol, web.Request] = {}

    def __len__(self) -> int:
        return len(self._open)

    def admit(self, protocol: asyncio.BaseProtocol, transport: asyncio.Transport) -> bool:
        """Returns whether the connection is accepted. Closes the oldest slow connection to make room if necessary."""
        if len(self._open) >= self._limit:
            slow = next((each for each in self._open if self._waits_for_client(each)), None)
            if slow is None:
                return False
            self._open.pop(slow).abort()
        self._open[protocol] = transport
        return True

    def forget(self, protocol: asyncio.BaseProtocol) -> None:
        self._open.pop(protocol, None)

    def _waits_for_client(self, protocol: asyncio.BaseProtocol) -> bool:
        request = self._requests.get(protocol)
        return request is None or not request.content.is_eof()

    @web.middleware
    async def enforce_deadline(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Handles the request and sends the response within `REQUEST_SECONDS`, or closes the connection."""
        protocol, transport = request.protocol, request.transport
        self._requests[protocol] = request
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                try:
                    response = await handler(request)
                except (web.RequestPayloadError, ConnectionError):
                    # Invalid chunks, or a client that disconnected: not an error of the handler.
                    response = web.Response(status=400, text="the request body cannot be read\n")
                finally:
                    del self._requests[protocol]
                # aiohttp sends the response again, and ignores a disconnected client only there.
                with contextlib.suppress(ConnectionError):
                    await response.prepare(request)
                    await response.write_eof()
        except TimeoutError:
            if transport is not None:
                transport.abort()
            raise
        return response


def server_logger() -> logging.Logger:
    """aiohttp's logger, without a traceback for every request that is not valid HTTP."""
    logger = logging.Logger("aiohttp.server")
    logger.parent = logging.getLogger()

    def is_not_client_error(record: logging.LogRecord) -> bool:
        return record.exc_info is None or not isinstance(record.exc_info[1], HttpProcessingError)

    logger.addFilter(is_not_client_error)
    return logger


class BoundedSite(web.BaseSite):
    def __init__(self, runner: web.AppRunner, connections: Connections, host: str, port: int) -> None:
        super().__init__(runner)
        self._connections, self._host, self._port = connections, host, port

    @property
    def name(self) -> str:
        return f"http://{self._host}:{self._port}"

    async def start(self) -> None:
        await super().start()
        server = self._runner.server
        if server is None:
            raise RuntimeError("the runner is not set up")
        made = server

        def admitted() -> asyncio.Protocol:
            return _Admission(made(), self._connections)

        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(admitted, self._host, self._port, backlog=BACKLOG)


class _Admission(asyncio.Protocol):
    """Wraps aiohttp's protocol to admit or reject a new connection, and to report when it is lost."""

    def __init__(self, inner: asyncio.Protocol, connections: Connections) -> None:
        self._inner, self._connections = inner, connections
        self._admitted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A stream server has stream transports; uvloop's are not subclasses of asyncio.Transport.
        stream = cast(asyncio.Transport, transport)
        self._admitted = self._connections.admit(self._inner, stream)
        if self._admitted:
            self._inner.connection_made(stream)
        else:
            stream.abort()

    def data_received(self, data: bytes) -> None:
        if self._admitted:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received() if self._admitted else None

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._admitted:
            self._connections.forget(self._inner)
            self._inner.connection_lost(exc)
