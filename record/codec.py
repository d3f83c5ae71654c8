"""Encodes entries as compressed content with a checksum over the whole entry.

The checksum is BLAKE2b truncated to 8 bytes. It detects every flipped bit and misses random damage once in 2^64. A CRC
would detect single flips as well, but a CRC-32 misses random damage once in 4e9, which is close to the number of
entries in a large record. The cost is about 3 µs for an entry of 3 kB.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from record.compression import deflated, inflated
from record.entry import NewEdit, NewEvent, StoredEdit, StoredEvent
from record.errors import BadContent
from record.moment import from_micros, to_micros
from record.state import LONGEST_REASON, ProductState, Run, StateChange

CHECKSUM_BYTES = 8


@dataclass(slots=True)
class PackedEdit:
    """An edit ready to be stored, except for the number that the store assigns."""

    at: int
    shop_id: str
    product_id: str
    run_id: str
    kind: str
    decision: str
    plain: bytes
    content: bytes = b""

    def compress(self) -> None:
        """Compresses the content. This takes most of an entry's CPU, so call it in a thread before the transaction."""
        if not self.content:
            self.content, self.plain = deflated(self.plain), b""

    def row(self, edit_id: int) -> tuple[int, int, str, str, str, str, str, bytes, bytes]:
        """id, at, shop_id, product_id, run_id, kind, decision, content, checksum."""
        head = (edit_id, self.at, self.shop_id, self.product_id, self.run_id, self.kind, self.decision)
        return (*head, self.content, checksum("edit", head, self.content))


def packed_edit(edit: NewEdit) -> PackedEdit:
    """Copies the content, so the caller may change its objects afterwards. Raises TypeError, ValueError."""
    check_names(edit.shop_id, edit.product_id, edit.run_id, edit.kind, edit.decision)
    content = {
        "rule": edit.rule,
        "evidence": edit.evidence,
        "attempt": edit.attempt,
        "trace_id": edit.trace_id,
        "external_id": edit.external_id,
        "before": edit.before,
        "edit": edit.edit,
    }
    if edit.changes:
        content["changes"] = edit.changes
    return PackedEdit(
        to_micros(edit.at),
        edit.shop_id,
        edit.product_id,
        edit.run_id,
        edit.kind,
        edit.decision,
        orjson.dumps(content),
    )


def event_row(event: NewEvent, event_id: int, about: bytes) -> tuple[int, int, int, str, bytes, bytes]:
    """id, edit_id, at, name, about, checksum."""
    head = (event_id, event.edit_id, to_micros(event.at), event.name)
    return (*head, about, checksum("event", head, about))


def state_row(change: StateChange) -> tuple[str, str, str, int, str, str, bytes]:
    """shop_id, product_id, state, at, reason, run_id, checksum."""
    reason = clean(change.reason, LONGEST_REASON)
    row = (change.shop_id, change.product_id, change.state, to_micros(change.at), reason, change.run_id)
    return (*row, checksum("state", row))


def run_row(run: Run) -> tuple[str, int, str, str, bytes]:
    """run_id, at, kind, note, checksum."""
    row = (run.run_id, to_micros(run.at), run.kind, clean(run.note, LONGEST_REASON))
    return (*row, checksum("run", row))


def check_names(*names: str) -> None:
    """Raises ValueError for text that a column cannot hold: a NUL or a lone surrogate."""
    text = "".join(names)
    if "\0" in text or not (text.isascii() or _is_unicode(text)):
        raise ValueError(f"{' '.join(names)!r} has characters that no identifier has")


def clean(text: str, longest: int) -> str:
    """Free text in a form that a column can hold."""
    if text.isascii():
        return text[:longest].replace("\0", "")
    return text[:longest].encode("utf-8", "replace").decode().replace("\0", "")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def checksum(table: str, values: tuple[Any, ...], content: bytes = b"") -> bytes:
    return blake2b(orjson.dumps((table, values)) + content, digest_size=CHECKSUM_BYTES).digest()


def read_edit(row: tuple[Any, ...]) -> StoredEdit:
    """Raises BadContent."""
    *values, content, stored = row
    head = tuple(values)
    content = _checked("edit", head, content, stored)
    edit_id, at, shop_id, product_id, run_id, kind, decision = head
    try:
        found: dict[str, Any] = orjson.loads(inflated(content))
        return StoredEdit(
            edit_id,
            from_micros(at),
            shop_id,
            product_id,
            kind,
            run_id,
            found["rule"],
            found["edit"],
            found["before"],
            decision,
            found["evidence"],
            found["external_id"],
            found["trace_id"],
            found["attempt"],
            changes=tuple(found.get("changes") or ()),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, OverflowError) as error:
        raise BadContent(f"its content has an unknown shape ({type(error).__name__})") from None


def read_event(row: tuple[Any, ...]) -> StoredEvent:
    """Raises BadContent."""
    *values, content, stored = row
    head = tuple(values)
    content = _checked("event", head, content, stored)
    event_id, edit_id, at, name = head
    try:
        return StoredEvent(event_id, edit_id, from_micros(at), name, orjson.loads(content))
    except (orjson.JSONDecodeError, OverflowError) as error:
        raise BadContent(f"its content has an unknown shape ({type(error).__name__})") from None


def read_state(row: tuple[Any, ...]) -> ProductState:
    """Raises BadContent."""
    *values, stored = row
    head = tuple(values)
    _checked("state", head, b"", stored)
    shop_id, product_id, state, at, reason, run_id = head
    return ProductState(shop_id, product_id, state, from_micros(at), reason, run_id)


def read_run(row: tuple[Any, ...]) -> Run:
    """Raises BadContent."""
    *values, stored = row
    head = tuple(values)
    _checked("run", head, b"", stored)
    run_id, at, kind, note = head
    return Run(run_id, from_micros(at), kind, note)


def _checked(table: str, head: tuple[Any, ...], content: Any, stored: Any) -> bytes:
    try:
        expected = checksum(table, head, content)
    except (TypeError, ValueError):
        # A flipped bit can change a column's type or produce text that is not UTF-8.
        raise BadContent("its columns are damaged") from None
    if expected != stored:
        raise BadContent("its checksum does not match its content")
    return bytes(content)


def packed_about(about: Mapping[str, Any]) -> bytes:
    """The packed content of an event. Raises TypeError."""
    return orjson.dumps(about)
