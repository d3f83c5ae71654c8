"""The before-image and the intended edit of every product, on disk before the edit leaves.

Entries of a moment share one write and one fsync; each group is a gzip member, so a file cut short by a crash is
readable up to its last whole group. No token is ever written: entries hold what products hold.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import structlog

log = structlog.get_logger("relist.journal")

ROTATE_BYTES = 64 * 1024 * 1024
GATHER_SECONDS = 0.01
"""How long a group waits for more entries: a busy worker then writes several edits with one hop to a thread and one
fsync."""


class JournalUnwritable(Exception):
    """The disk does not take the entry: no edit may leave."""


class Journal:
    def __init__(self, directory: Path, worker_id: str) -> None:
        self._directory, self._worker = directory, worker_id
        self._waiting: list[tuple[bytes, asyncio.Future[None] | None]] = []
        self._writing: asyncio.Task[None] | None = None
        self._path: Path | None = None

    async def append(self, entry: dict[str, Any]) -> None:
        """Returns when the entry is safely on disk. Raises JournalUnwritable."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((orjson.dumps(entry), done))
        self._begin()
        await done

    def note(self, entry: dict[str, Any]) -> None:
        """On disk soon; nobody waits for it, and a disk that does not take it is told by the next `append`."""
        self._waiting.append((orjson.dumps(entry), None))
        self._begin()

    async def close(self) -> None:
        """Returns when everything is written."""
        if self._writing is not None:
            await self._writing

    def _begin(self) -> None:
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_groups())

    async def _write_groups(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_SECONDS)
            group, self._waiting = self._waiting, []
            try:
                await asyncio.to_thread(self._write, b"".join(line + b"\n" for line, _ in group))
            except OSError as error:
                log.error("journal_unwritable", directory=str(self._directory), error=error.strerror)
                problem = JournalUnwritable(f"the journal in {self._directory} can not be written: {error.strerror}")
                for _, done in group:
                    if done is not None and not done.done():
                        done.set_exception(problem)
            else:
                for _, done in group:
                    if done is not None and not done.done():
                        done.set_result(None)

    def _write(self, lines: bytes) -> None:
        if self._path is None or (self._path.exists() and self._path.stat().st_size > ROTATE_BYTES):
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
            self._path = self._directory / f"{stamp}-{self._worker}.jsonl.gz"
        path, self._path = self._path, None
        is_new = not path.exists()
        with open(path, "ab", opener=_for_the_owner_only) as file:
            file.write(gzip.compress(lines, compresslevel=1))
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            _sync_directory(self._directory)
        # A file that did not take a group whole is not written to any more: what follows half a group can not be read.
        self._path = path


def _sync_directory(directory: Path) -> None:
    """Or a power cut could take the new file's name, and with it what is in it."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _for_the_owner_only(path: str, flags: int) -> int:
    """Whatever the umask is: listings are the seller's."""
    return os.open(path, flags, mode=0o600)


def read_journal(directory: Path) -> Iterator[dict[str, Any]]:
    """Every entry, oldest file first; what a crash or a full disk cut off at the end of a file is left out."""
    for path in sorted(directory.glob("*.jsonl.gz")):
        with gzip.open(path, "rb") as file:
            try:
                for line in file:
                    yield orjson.loads(line)
            except (EOFError, OSError, zlib.error, orjson.JSONDecodeError):
                log.warning("journal_truncated", file=path.name)
