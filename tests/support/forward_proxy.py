"""An HTTP proxy that forwards every request to a local port, whatever host it names."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class ForwardProxy:
    address: str
    requests: list[str] = field(default_factory=list)
    """First line of each connection."""


@contextlib.asynccontextmanager
async def forward_proxy(target: int, user: str = "") -> AsyncIterator[ForwardProxy]:
    """`user`: `name:password` that the proxy demands."""
    proxy = ForwardProxy("")
    wanted = base64.b64encode(user.encode()).decode()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            proxy.requests.append(head.split(b"\r\n")[0].decode())
            if user and f"basic {wanted}".lower() not in head.decode().lower():
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
                await writer.drain()
                writer.close()
                return
            there, back = await asyncio.open_connection("127.0.0.1", target)
            if head.startswith(b"CONNECT"):
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                back.write(head)
            await asyncio.gather(_copy(reader, back), _copy(there, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    proxy.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()


@contextlib.asynccontextmanager
async def tls_front(target: int, context: ssl.SSLContext) -> AsyncIterator[int]:
    """Yield a port that ends TLS and forwards to the target."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", target)
            await asyncio.gather(_copy(reader, back), _copy(there, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()
