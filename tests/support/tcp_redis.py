"""Real servers on loopback ports, and an address that forwards its connections to a server that can change."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import redis
from redis.asyncio import Redis

from tests.support.free_ports import free_port
from tests.support.redis_binary import redis_binary
from tests.support.redis_secured import secured_server


@dataclass(frozen=True, slots=True)
class TcpServer:
    port: int

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @contextlib.asynccontextmanager
    async def admin(self) -> AsyncIterator[Redis]:
        async with Redis.from_url(self.url) as client:
            yield client


@contextlib.contextmanager
def tcp_server(*options: str, environment: Mapping[str, str] | None = None) -> Iterator[TcpServer]:
    server = TcpServer(free_port())
    with tempfile.TemporaryDirectory(prefix="relist-redis-") as directory:
        probe = redis.Redis(port=server.port)
        all_options = ("--port", str(server.port), "--repl-diskless-sync-delay", "0", *options)
        with secured_server(redis_binary(), Path(directory), all_options, probe, environment):
            yield server


async def replicate(primary: TcpServer, replica: TcpServer) -> None:
    async with primary.admin() as there, replica.admin() as here:
        await here.execute_command("REPLICAOF", "127.0.0.1", str(primary.port))
        async with asyncio.timeout(20):
            while (await here.info("replication"))["master_link_status"] != "up":
                await asyncio.sleep(0.02)
        await there.set("known", "1")
        await there.wait(1, 5000)


class MovingAddress:
    """A loopback port that forwards each new connection to the current target; old connections stay."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self._server: asyncio.Server | None = None
        self._copies: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> MovingAddress:
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._copies:
            task.cancel()
        await asyncio.gather(*self._copies, return_exceptions=True)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.target)
        for source, target in ((reader, there_writer), (there_reader, writer)):
            task = asyncio.create_task(_copy(source, target))
            self._copies.add(task)
            task.add_done_callback(self._copies.discard)


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    target.close()
