"""Recovers entries after a damaged frame of the write-ahead log.

SQLite reads the log up to the first frame with a wrong checksum and discards the rest. That is right for a log torn by
a power failure and wrong for one with a flipped bit, so these entries are read before SQLite opens the file. Some may
belong to an uncommitted transaction; they were never sent and do no harm.
Format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
"""

from __future__ import annotations

import sqlite3
import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import structlog

from record.codec import read_edit, read_event, state_row
from record.entry import StoredEdit, StoredEvent
from record.errors import BadContent
from record.group import EDIT_OVERHEAD
from record.sqlite.connection import roll_back
from record.sqlite.file_format import EDIT_MARK, EVENT_MARK, PAGE_BYTES, rows_at_marks
from record.sqlite.file_locks import reading
from record.sqlite.state_writing import put_states
from record.sqlite.writing import COUNT_EDITS, COUNT_USAGE, INSERT_EDIT, INSERT_EVENT, JOIN_RUN, count_events
from record.state import STATES, StateChange

log = structlog.get_logger("relist.record")

HEADER_BYTES, FRAME_HEADER_BYTES = 32, 24
FRAME_BYTES = FRAME_HEADER_BYTES + PAGE_BYTES
BIG_ENDIAN_MAGIC, LITTLE_ENDIAN_MAGIC = 0x377F0683, 0x377F0682

Found = list[tuple[tuple[Any, ...], StoredEdit | StoredEvent]]


def behind_damage(path: Path) -> Found:
    """Entries in the file's log that SQLite will not read. Raises OSError."""
    wal = path.with_name(path.name + "-wal")
    data = wal.read_bytes() if wal.exists() else b""
    if len(data) < HEADER_BYTES + FRAME_BYTES:
        return []
    salts = _salts(data)
    starts = range(HEADER_BYTES, len(data) - FRAME_BYTES + 1, FRAME_BYTES)
    ours = [start for start in starts if data[start + 8 : start + 16] == salts]
    first_bad = _first_bad(data, salts)
    rest = [start for start in ours if start >= first_bad]
    if not rest:
        return []
    pages = {
        int.from_bytes(data[start : start + 4], "big"): data[start + FRAME_HEADER_BYTES : start + FRAME_BYTES]
        for start in ours
    }
    with reading(path) as file:

        def page(number: int) -> bytes:
            if number in pages:
                return pages[number]
            if number < 1:
                return b""
            file.seek((number - 1) * PAGE_BYTES)
            return file.read(PAGE_BYTES)

        found: dict[tuple[bool, int], tuple[tuple[Any, ...], StoredEdit | StoredEvent]] = {}
        for start in rest:
            image = data[start + FRAME_HEADER_BYTES : start + FRAME_BYTES]
            for row, entry in _entries(image, page):
                found[isinstance(entry, StoredEdit), entry.id] = (row, entry)
    return list(found.values())


def add_missing_entries(connection: sqlite3.Connection, found: Found, where: str) -> None:
    """Writes the entries that the file lacks. Raises sqlite3.DatabaseError."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        edits = [(row, entry) for row, entry in found if isinstance(entry, StoredEdit)]
        events = sorted((entry.id, row, entry) for row, entry in found if isinstance(entry, StoredEvent))
        new = 0
        for row, edit in edits:
            if not _insert(connection, INSERT_EDIT, row):
                continue
            new += 1
            connection.execute(COUNT_USAGE, (edit.run_id, edit.shop_id, 1, len(row[7]) + EDIT_OVERHEAD))
            if edit.product_id:
                state = state_row(StateChange(edit.at, edit.shop_id, edit.product_id, "running", "", edit.run_id))
                connection.execute(COUNT_EDITS, (*state, 1))
                if edit.run_id:
                    connection.execute(JOIN_RUN, (edit.run_id, edit.shop_id, edit.product_id))
        for _, row, event in events:
            if _insert(connection, INSERT_EVENT, row):
                new += 1
                count_events(connection, [event.edit_id])
                _enter_state(connection, event)
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise
    if new:
        log.warning("record_log_damaged", directory=where, count=new)


def _insert(connection: sqlite3.Connection, statement: str, row: tuple[Any, ...]) -> bool:
    return connection.execute(statement.replace("INSERT", "INSERT OR IGNORE", 1), row).rowcount > 0


def _enter_state(connection: sqlite3.Connection, event: StoredEvent) -> None:
    """Restores the state that was written and lost together with the event."""
    outcome = event.about.get("outcome")
    about = connection.execute(
        "SELECT shop_id, product_id, run_id FROM edits WHERE id = ? AND product_id <> ''", (event.edit_id,)
    ).fetchone()
    if outcome in STATES and about is not None:
        shop_id, product_id, run_id = about
        put_states(connection, [state_row(StateChange(event.at, shop_id, product_id, outcome, "", run_id))])


def _entries(page: bytes, overflow: Any) -> Iterator[tuple[tuple[Any, ...], StoredEdit | StoredEvent]]:
    for mark, read in ((EDIT_MARK, read_edit), (EVENT_MARK, read_event)):
        for row in rows_at_marks(page, mark, overflow):
            try:
                yield row, read(row)
            except BadContent:
                continue


def _salts(data: bytes) -> bytes:
    """Salts of the newest log in the file. If the header is damaged, its salts differ from most of the first frames."""
    in_header = data[16:24]
    first = [data[at + 8 : at + 16] for at in range(HEADER_BYTES, len(data) - FRAME_BYTES + 1, FRAME_BYTES)][:3]
    most, times = Counter(first).most_common(1)[0]
    return most if in_header not in first and times > 1 else in_header


def _first_bad(data: bytes, salts: bytes) -> int:
    """Start of the first frame that SQLite rejects; the end of the log if it accepts all."""
    order = ">" if int.from_bytes(data[:4], "big") == BIG_ENDIAN_MAGIC else "<"
    if int.from_bytes(data[:4], "big") not in (BIG_ENDIAN_MAGIC, LITTLE_ENDIAN_MAGIC):
        return HEADER_BYTES
    sums = _sums(order, data[:24], (0, 0))
    if struct.pack(">II", *sums) != data[24:32] or data[16:24] != salts:
        return HEADER_BYTES
    for start in range(HEADER_BYTES, len(data) - FRAME_BYTES + 1, FRAME_BYTES):
        if data[start + 8 : start + 16] != salts:
            return start
        sums = _sums(order, data[start : start + 8], sums)
        sums = _sums(order, data[start + FRAME_HEADER_BYTES : start + FRAME_BYTES], sums)
        if struct.pack(">II", *sums) != data[start + 16 : start + 24]:
            return start
    return len(data)


def _sums(order: str, data: bytes, sums: tuple[int, int]) -> tuple[int, int]:
    first, second = sums
    words = iter(struct.unpack(f"{order}{len(data) // 4}I", data))
    for word in words:
        first = (first + word + second) & 0xFFFFFFFF
        second = (second + next(words) + first) & 0xFFFFFFFF
    return first, second
