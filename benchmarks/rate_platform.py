"""Starts the rate-limiting platform of the pacing benchmarks and reads its counters."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.processes import Library, measured

PLATFORM = Library("the platform", "benchmarks.workers.platform")
PACED = Library("ours, paced", "benchmarks.workers.paced")


@dataclass(frozen=True, slots=True)
class Counters:
    now: float
    shops: dict[str, dict[str, Any]]

    @property
    def throttled(self) -> int:
        return sum(each["throttled"] for each in self.shops.values())

    @property
    def accepted(self) -> int:
        return sum(each["accepted"] for each in self.shops.values())


@dataclass(frozen=True, slots=True)
class Phase:
    """The counters at the start and at the end of one phase."""

    before: Counters
    after: Counters

    @property
    def uses(self) -> list[float]:
        """The share of its allowance that each shop used."""
        seconds = self.after.now - self.before.now
        return [
            (each["accepted"] - self.before.shops[shop]["accepted"]) / seconds / each["allowance"]
            for shop, each in self.after.shops.items()
        ]

    @property
    def throttled_share(self) -> float:
        throttled = self.after.throttled - self.before.throttled
        return throttled / max(1, throttled + self.after.accepted - self.before.accepted)


class PlatformClient:
    def __init__(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.port, self._reader, self._writer = port, reader, writer

    async def counters(self) -> Counters:
        self._writer.write(b"counters\n")
        return Counters(**json.loads(await self._reader.readline()))

    async def scale(self, factor: float) -> None:
        self._writer.write(f"scale {factor}\n".encode())
        await self._reader.readline()


@asynccontextmanager
async def rate_platform(allowances: Sequence[int]) -> AsyncIterator[PlatformClient]:
    async with measured(PLATFORM, "serve", ",".join(map(str, allowances))) as process:
        process.go()
        port = int((await process.line())[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        yield PlatformClient(port, reader, writer)
        writer.close()
