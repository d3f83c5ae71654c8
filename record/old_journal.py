"""Reads journals of releases before the record: gzip members of JSON lines. It reports damage and skips it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from record.entry import EventName, NewEdit
from record.state import STATES

MEMBER = b"\x1f\x8b\x08"
"""The first bytes of every gzip member."""
MAX_FILE_BYTES = 1024**3
"""Size limit of a journal file; workers began a new one at 64 MiB."""
MAX_MEMBER_BYTES = 256 * 1024**2


@dataclass(frozen=True, slots=True)
class Damage:
    """An unreadable part of a file. Nothing of it is imported, since an incomplete member cannot be verified."""

    file: str
    offset: int
    why: str

    def __str__(self) -> str:
        return f"{self.file}, byte {self.offset}: {self.why}"


@dataclass(frozen=True, slots=True)
class Member:
    """A group as written by a worker, with a valid checksum."""

    end: int
    """Byte at which the next member begins."""
    entries: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class OldResult:
    """The response to the preceding edit of the same product."""

    at: datetime
    shop_id: str
    product_id: str
    kind: str
    name: EventName
    about: dict[str, Any]


def members(path: Path, start: int = 0) -> Iterator[Member | Damage]:
    """Yields members, beginning at the start of a member. Raises OSError."""
    if path.stat().st_size > MAX_FILE_BYTES:
        yield Damage(path.name, 0, f"larger than {MAX_FILE_BYTES:,} bytes: not a journal file")
        return
    data = path.read_bytes()
    while start < len(data):
        found = _member(data, start)
        if isinstance(found, Member):
            yield found
            start = found.end
            continue
        yield Damage(path.name, start, found)
        start = _next(data, start + 1)


def _next(data: bytes, start: int) -> int:
    """Start of the next member that can be unpacked. Its first bytes may also occur inside another member."""
    while (start := data.find(MEMBER, start)) >= 0:
        if isinstance(_member(data, start), Member):
            return start
        start += 1
    return len(data)


def _member(data: bytes, start: int) -> Member | str:
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        plain = unpacker.decompress(memoryview(data)[start:], MAX_MEMBER_BYTES)
    except zlib.error as error:
        return f"damaged ({error})"
    if not unpacker.eof:
        return "cut short" if len(plain) < MAX_MEMBER_BYTES else "larger than a group can be"
    try:
        entries = tuple(orjson.loads(line) for line in plain.splitlines())
    except orjson.JSONDecodeError:
        return "its lines are not JSON"
    return Member(len(data) - len(unpacker.unused_data), entries)


def converted(entry: Any) -> NewEdit | OldResult | str:
    """The entry in the record's form, or the reason why it cannot be used."""
    try:
        if "result" in entry:
            return _result(entry)
        return NewEdit(
            datetime.fromisoformat(entry["at"]),
            _text(entry["shop_id"]),
            _text(entry["product_id"]),
            _text(entry.get("kind", "relist")),
            _text(entry.get("run_id", "")),
            _text(entry.get("rule", "")),
            dict(entry["edit"]),
            dict(entry["before"]) if entry.get("before") is not None else None,
            _text(entry.get("rule", "")),
            dict(entry.get("evidence") or {}),
            _text(entry.get("external_id", "")),
            _text(entry.get("trace_id", "")),
            int(entry.get("attempt", 1)),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return f"not an entry of a journal ({type(error).__name__}: {error})"


def _result(entry: dict[str, Any]) -> OldResult:
    result = _text(entry["result"])
    about = {"request_id": entry.get("request_id"), "message": entry.get("message")}
    if result in STATES:
        about["outcome"] = result
    return OldResult(
        datetime.fromisoformat(entry["at"]),
        _text(entry["shop_id"]),
        _text(entry["product_id"]),
        _text(entry.get("kind", "relist")),
        "refused" if result == "refused" else "answered",
        {name: value for name, value in about.items() if value},
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value
