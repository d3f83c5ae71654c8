"""Exports the size of the record and the free space of its disk, and says whether it can be written.

It is measured once a minute, and every few seconds while it cannot be written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from config.metrics.series import family
from record.database import Space
from record.errors import DamagedStore, RecordUnavailable
from record.fullness import fullness
from record.record import Record

log = structlog.get_logger("relist.record")

INTERVAL_SECONDS, RETRY_SECONDS = 60.0, 5.0


class RecordSize(Collector):
    """Exports the last measurement, so a scrape never reads the record. Unknown values are missing, not zero."""

    def __init__(self, record: Record, registry: CollectorRegistry) -> None:
        self._record = record
        self._space: Space | None = None
        self._unavailable = ""
        registry.register(self)

    async def problem(self) -> str:
        """Why edits could not be recorded at the last attempt or measurement; an empty string if they could."""
        if obstacle := self._unavailable or self._record.refusal:
            return obstacle
        if self._space is not None and (full := fullness(self._space)).level == "full":
            return full.why
        return ""

    def collect(self) -> Iterable[Metric]:
        used, free = (self._space.used, self._space.free) if self._space is not None else (None, None)
        yield family("relist_record_bytes", {} if used is None else {(): float(used)})
        yield family("relist_record_disk_free_bytes", {} if free is None else {(): float(free)})

    async def run(self) -> None:
        """Measures until cancelled and continues while the record is unavailable."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            if self._unavailable or self._record.refusal or loop.time() >= due:
                await self.measure()
                due = loop.time() + INTERVAL_SECONDS
            await asyncio.sleep(RETRY_SECONDS)

    async def measure(self) -> None:
        try:
            self._space = await self._record.database.space()
            if self._record.refusal:
                await self._record.probe()
            self._unavailable = ""
        except (RecordUnavailable, DamagedStore, OSError) as problem:
            is_explained = not isinstance(problem, OSError)
            self._space = None
            self._unavailable = str(problem) if is_explained else f"the record cannot be used: {problem}"
            log.warning("record_unavailable", error=str(problem))
