"""Suspends workers as `docker pause` does, at moments that leave the record to the other processes."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

from demo.local_fleet import LocalFleet, Part
from record.sqlite.connection import FILE_NAME

LOCK_SECONDS = 2.0
"""Other workers hold the record's lock for milliseconds."""


async def suspend(fleet: LocalFleet, *workers: Part) -> None:
    """Suspends the workers outside their transactions on the record.

    SQLite's write lock belongs to a process, and no other process can break it: a worker that is suspended within a
    transaction stops every edit of the fleet until it continues or ends.
    """
    record = fleet.directory / "journal" / FILE_NAME
    while True:
        for worker in workers:
            worker.process.send_signal(signal.SIGSTOP)
        if await asyncio.to_thread(_may_write, record):
            return
        resume(*workers)
        await asyncio.sleep(0.01)


def resume(*workers: Part) -> None:
    for worker in workers:
        worker.process.send_signal(signal.SIGCONT)


def _may_write(record: Path) -> bool:
    with closing(sqlite3.connect(record, timeout=LOCK_SECONDS, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        connection.execute("ROLLBACK")
        return True
