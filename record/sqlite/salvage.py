"""Finds every entry in a damaged SQLite file and its write-ahead log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from record.codec import read_edit, read_event
from record.entry import StoredEdit, StoredEvent
from record.errors import BadContent
from record.sqlite.file_format import EDIT_MARK, EVENT_MARK, PAGE_BYTES, rows_at_marks
from record.sqlite.file_locks import reading

WAL_HEADER_BYTES = 32
FRAME_HEADER_BYTES = 24


def salvaged(path: Path) -> Iterator[tuple[tuple[Any, ...], StoredEdit | StoredEvent]]:
    """Rows of `edits` and `edit_events` with a valid checksum, each with its entry. A row may appear twice.

    Raises OSError.
    """
    wal = path.with_name(path.name + "-wal")
    with reading(path) as file:
        pages = _Pages(file)
        yield from _entries(pages.all(), pages.page)
    if wal.exists():
        with open(wal, "rb") as log, reading(path) as file:
            pages = _Pages(file, _frames(log))
            yield from _entries(pages.frames_only(log), pages.page)


class _Pages:
    """Returns pages by number, preferring the newest copy in the log."""

    def __init__(self, file: BinaryIO, in_log: dict[int, tuple[BinaryIO, int]] | None = None) -> None:
        self._file, self._in_log = file, in_log or {}

    def all(self) -> Iterator[bytes]:
        self._file.seek(0)
        while page := self._file.read(PAGE_BYTES):
            yield page
            # `page` reads overflow pages from the same file.

    def frames_only(self, log: BinaryIO) -> Iterator[bytes]:
        position = WAL_HEADER_BYTES + FRAME_HEADER_BYTES
        while True:
            log.seek(position)
            if not (page := log.read(PAGE_BYTES)):
                return
            yield page
            position += FRAME_HEADER_BYTES + PAGE_BYTES

    def page(self, number: int) -> bytes:
        file, offset = self._in_log.get(number, (self._file, (number - 1) * PAGE_BYTES))
        if offset < 0:
            return b""
        here = self._file.tell()
        try:
            file.seek(offset)
            return file.read(PAGE_BYTES)
        finally:
            self._file.seek(here)


def _frames(log: BinaryIO) -> dict[int, tuple[BinaryIO, int]]:
    found: dict[int, tuple[BinaryIO, int]] = {}
    position = WAL_HEADER_BYTES
    while True:
        log.seek(position)
        head = log.read(FRAME_HEADER_BYTES)
        if len(head) < FRAME_HEADER_BYTES:
            return found
        found[int.from_bytes(head[:4], "big")] = (log, position + FRAME_HEADER_BYTES)
        position += FRAME_HEADER_BYTES + PAGE_BYTES


def _entries(pages: Iterator[bytes], page_by_number: Any) -> Iterator[tuple[tuple[Any, ...], StoredEdit | StoredEvent]]:
    for page in pages:
        for mark, read in ((EDIT_MARK, read_edit), (EVENT_MARK, read_event)):
            if mark not in page:
                continue
            for row in rows_at_marks(page, mark, page_by_number):
                try:
                    yield row, read(row)
                except (BadContent, ValueError):
                    continue  # not an entry, or a damaged one, which readers find by comparing counts
