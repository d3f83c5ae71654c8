"""A slow link: data arrives late, and at a limited number of bytes per second in each direction."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

CHUNK = 2048


@contextlib.asynccontextmanager
async def slow_link(host: str, port: int, *, delay_seconds: float, bytes_per_second: float) -> AsyncIterator[int]:
    """Yields the local port of a slow link to `host:port`; all connections share its bandwidth."""
    free_at = [0.0, 0.0]

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: int) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.closing(writer):
            while chunk := await reader.read(CHUNK):
                free_at[way] = max(free_at[way], loop.time()) + len(chunk) / bytes_per_second
                await asyncio.sleep(free_at[way] - loop.time() + delay_seconds)
                writer.write(chunk)
                await writer.drain()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(host, port)
        both = (carry(reader, back, 0), carry(there, writer, 1))
        # If one side closes the connection, the other side is closed too.
        await asyncio.gather(*both, return_exceptions=True)

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        server.close()
