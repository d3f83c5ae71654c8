"""The record's SQLite file, on a disk that is full or slow for a while."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from record.errors import RecordUnavailable
from record.group import WriteGroup
from record.sqlite.database import SqliteDatabase
from tests.simulation.processes import Process

if TYPE_CHECKING:
    from tests.simulation.pipeline.worlds import PipelineWorld

STALL_SECONDS = 7.0


class FailingDatabase(SqliteDatabase):
    def __init__(self, directory: Path, world: PipelineWorld, process: Process) -> None:
        super().__init__(directory)
        self._world, self._process = world, process

    async def write(self, group: WriteGroup) -> list[int]:
        if self._world.disk_is_full:
            raise RecordUnavailable(self.where, "the disk is full", "free space (simulated)")
        if self._world.disk_is_slow:
            await asyncio.sleep(STALL_SECONDS)
        if group.events:
            await asyncio.sleep(self._world.plan.size.disk_seconds)
        written = await super().write(group)
        if group.edits or group.events:
            self._world.halt_at_write(self._process)
        return written
