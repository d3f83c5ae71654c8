"""A host that answers HTTP requests with raw bytes, so that a test can send malformed ones."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

import orjson


@dataclass(frozen=True, slots=True)
class Answer:
    raw: bytes
    end: Literal["stay", "close", "reset"] = "stay"
    """The fate of the connection afterwards."""


@dataclass(slots=True)
class RawHost:
    url: str = ""
    answers: deque[Answer] = field(default_factory=deque)
    """One per request; after the last one, an envelope whose request id is the number of the request."""
    heads: list[str] = field(default_factory=list)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                lengths = [line.split()[1] for line in head.lower().split("\r\n") if line.startswith("content-length")]
                await reader.readexactly(int(lengths[0]) if lengths else 0)
                self.heads.append(head)
                answer = self.answers.popleft() if self.answers else Answer(http(envelope(f"r{len(self.heads)}")))
                writer.write(answer.raw)
                await writer.drain()
                if answer.end == "reset":
                    # Closing without lingering sends RST.
                    linger = struct.pack("ii", 1, 0)
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                if answer.end != "stay":
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def raw_host() -> AsyncIterator[RawHost]:
    host = RawHost()
    server = await asyncio.start_server(host.serve, "127.0.0.1", 0)
    host.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield host
    finally:
        server.close()
        for writer in host.writers:
            writer.close()


def envelope(request_id: str) -> bytes:
    return orjson.dumps({"code": 0, "message": "Success", "request_id": request_id, "data": {}})


def http(body: bytes, *headers: bytes, status: bytes = b"HTTP/1.1 200 OK") -> bytes:
    """A response with the length of its body."""
    return raw_response(body, b"Content-Length: %d" % len(body), *headers, status=status)


def raw_response(body: bytes, *headers: bytes, status: bytes = b"HTTP/1.1 200 OK") -> bytes:
    return b"\r\n".join((status, *headers, b"", body))
