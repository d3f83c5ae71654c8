"""Reads entries directly from the bytes of SQLite pages, for files with a damaged structure. Pure.

The first column of every entry is a mark of four bytes. The header of an SQLite record ends directly before it. The
sizes in that header locate the row's columns, and the entry's checksum verifies them. Page headers, pointers and the
tree are not needed. Format: https://www.sqlite.org/fileformat2.html (sections 1.6, 2.1, 4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

PAGE_BYTES = 4096
MARK_BYTES = 4
MARK_TYPE = 12 + 2 * MARK_BYTES
"""The serial type of a BLOB of four bytes."""
EDIT_MARK, EVENT_MARK = bytes.fromhex("F2A7D35C"), bytes.fromhex("F2A7D35D")
LONGEST_HEADER = 48
MAX_PAYLOAD = 64 * 1024 * 1024

Overflow = Callable[[int], bytes]
"""Returns the page with a number from 1, or empty bytes for a number outside the file."""


def rows_at_marks(page: bytes, mark: bytes, overflow: Overflow) -> Iterator[tuple[Any, ...]]:
    """Candidate rows of a page: the row's number, then the columns after the mark without the number's column."""
    at = page.find(mark)
    while at >= 0:
        for header_length in range(5, min(LONGEST_HEADER, at) + 1):
            start = at - header_length
            if page[start] == header_length and page[start + 1] == MARK_TYPE:
                yield from _rows(page, start, header_length, overflow)
        at = page.find(mark, at + 1)


def _rows(page: bytes, start: int, header_length: int, overflow: Overflow) -> Iterator[tuple[Any, ...]]:
    types, position = [], start + 1
    while position < start + header_length:
        value, position = varint(page, position)
        types.append(value)
    if position != start + header_length or any(each in (10, 11) for each in types):
        return
    payload_length = header_length + sum(size_of(each) for each in types)
    if payload_length > MAX_PAYLOAD:
        return
    prefix = to_varint(payload_length)
    for length in range(1, 10):
        row_at = start - length
        if row_at - len(prefix) < 0:
            return
        row_id, end = varint(page, row_at)
        if end == start and page[row_at - len(prefix) : row_at] == prefix:
            payload = _payload(page, start, payload_length, overflow)
            if len(payload) == payload_length:
                columns = _columns(payload, header_length, types)
                yield (row_id, *columns[2:])


def _payload(page: bytes, start: int, length: int, overflow: Overflow) -> bytes:
    """The bytes on the page and on the chain of overflow pages."""
    most = PAGE_BYTES - 35
    if length <= most:
        return page[start : start + length]
    least = (PAGE_BYTES - 12) * 32 // 255 - 23
    local = least + (length - least) % (PAGE_BYTES - 4)
    if local > most:
        local = least
    parts = [page[start : start + local]]
    left, following = length - local, int.from_bytes(page[start + local : start + local + 4], "big")
    while left > 0:
        each = overflow(following)
        if not each:
            return b""
        parts.append(each[4 : 4 + left])
        left -= PAGE_BYTES - 4
        following = int.from_bytes(each[:4], "big")
    return b"".join(parts)


def _columns(payload: bytes, header_length: int, types: list[int]) -> list[Any]:
    columns, position = list[Any](), header_length
    for kind in types:
        size = size_of(kind)
        raw = payload[position : position + size]
        position += size
        if kind == 0:
            columns.append(None)
        elif kind <= 6:
            columns.append(int.from_bytes(raw, "big", signed=True))
        elif kind in (8, 9):
            columns.append(kind - 8)
        elif kind == 7:
            columns.append(None)  # the record has no float columns
        else:
            columns.append(raw.decode("utf-8", "surrogateescape") if kind % 2 else raw)
    return columns


def size_of(serial_type: int) -> int:
    if serial_type >= 12:
        return (serial_type - 12) // 2
    return (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)[serial_type]


def varint(data: bytes, position: int) -> tuple[int, int]:
    """The value and the position after it; bytes beyond the end count as zeros."""
    value = 0
    for place in range(9):
        byte = data[position + place] if position + place < len(data) else 0
        if place == 8:
            value = (value << 8) | byte
            return value - (1 << 64) if value >> 63 else value, position + 9
        value = (value << 7) | (byte & 0x7F)
        if byte < 0x80:
            return value, position + place + 1
    raise AssertionError("a varint has at most nine bytes")


def to_varint(value: int) -> bytes:
    """Encodes a length below 2^56."""
    parts = [value & 0x7F]
    while value := value >> 7:
        parts.append((value & 0x7F) | 0x80)
    return bytes(reversed(parts))
