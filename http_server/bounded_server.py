"""Serves an application to anybody: so many connections, so long a request; slow clients make room for others.

A request may take `REQUEST_SECONDS` in all, its answer's way to a slow reader included; headers that do not come end
with `IDLE_SECONDS`. When all connections are taken, a new one gets the place of the oldest that keeps us waiting: it
is idle, still sends, or has had its answer. So a client that sends at once is answered however many others dawdle.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.http import HttpProcessingError

MOST_CONNECTIONS = 500
"""Below the usual limit of 1,024 open files, with room for Redis."""
BACKLOG = 1024
IDLE_SECONDS = 75.0
"""Longer than proxies keep their connections, so that it is they who close them."""
REQUEST_SECONDS = 60.0
LARGEST_BODY = 128 * 1024
"""Bytes; webhooks and forms have a few thousand. Uploads have limits of their own."""
LINGERING_SECONDS = 2.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Connections:
    """Which connections there are, and which of them wait for us and not we for them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: dict[asyncio.BaseProtocol, asyncio.Transport] = {}
        self._requests: dict[asyncio.BaseProtocol, web.Request] = {}

    def __len__(self) -> int:
        return len(self._open)

    def admit(self, protocol: asyncio.BaseProtocol, transport: asyncio.Transport) -> bool:
        """Whether there is room; the oldest that dawdles is cut off for it."""
        if len(self._open) >= self._most:
            slow = next((each for each in self._open if self._dawdles(each)), None)
            if slow is None:
                return False
            self._open.pop(slow).abort()
        self._open[protocol] = transport
        return True

    def forget(self, protocol: asyncio.BaseProtocol) -> None:
        self._open.pop(protocol, None)

    def _dawdles(self, protocol: asyncio.BaseProtocol) -> bool:
        request = self._requests.get(protocol)
        return request is None or not request.content.is_eof()

    @web.middleware
    async def in_time(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answers within the time for a request, and sends the answer within it."""
        protocol, transport = request.protocol, request.transport
        self._requests[protocol] = request
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                try:
                    response = await handler(request)
                except (web.RequestPayloadError, ConnectionError):
                    # Bad chunks, or gone in the middle: neither is a fault of the handler's.
                    response = web.Response(status=400, text="the body can not be read\n")
                finally:
                    del self._requests[protocol]
                # aiohttp tries again, and is silent about a client that has gone only there.
                with contextlib.suppress(ConnectionError):
                    await response.prepare(request)
                    await response.write_eof()
        except TimeoutError:
            if transport is not None:
                transport.abort()
            raise
        return response


def server_logger() -> logging.Logger:
    """aiohttp's, without a traceback for everything that was sent to us and is no HTTP."""
    logger = logging.Logger("aiohttp.server")
    logger.parent = logging.getLogger()

    def ours(record: logging.LogRecord) -> bool:
        return record.exc_info is None or not isinstance(record.exc_info[1], HttpProcessingError)

    logger.addFilter(ours)
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
    """Stands before aiohttp's protocol until the connection is made, and tells when it is lost."""

    def __init__(self, inner: asyncio.Protocol, connections: Connections) -> None:
        self._inner, self._connections = inner, connections
        self._admitted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("no stream")
        self._admitted = self._connections.admit(self._inner, transport)
        if self._admitted:
            self._inner.connection_made(transport)
        else:
            transport.abort()

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
