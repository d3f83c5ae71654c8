"""Imports the journals of older releases into the record, each entry only once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from record.codec import packed_about
from record.entry import BadEntry, NewEdit, NewEvent
from record.group import WriteGroup
from record.old_journal import Damage, Member, OldResult, converted, members
from record.record import Record
from record.scope import Scope
from record.state import STATES, StateChange

MAX_NAMED = 1_000
MAX_REMEMBERED = 200_000
"""Number of products per file whose last edit is cached."""


@dataclass(slots=True)
class Imported:
    files: int = 0
    edits: int = 0
    results: int = 0
    bad_count: int = 0
    bad: list[str] = field(default_factory=list)
    """At most 1,000 problems with file, byte and reason."""

    def add(self, problem: str) -> None:
        self.bad_count += 1
        if len(self.bad) < MAX_NAMED:
            self.bad.append(problem)


async def import_journals(record: Record, directory: Path, seen: Callable[[Imported], None] | None = None) -> Imported:
    """Imports every `*.jsonl.gz` in the directory, oldest first, and calls `seen` after each group.

    The transaction of each group also stores the position in its file, so an interrupted import continues from there.
    Raises RecordUnavailable, OSError.
    """
    imported = Imported()
    for path in await asyncio.to_thread(_files, directory):
        imported.files += 1
        offset = await _offset(record, path.name)
        last: dict[tuple[str, str, str], int] = {}
        found = members(path, offset)
        while (each := await asyncio.to_thread(_next, found)) is not None:
            if isinstance(each, Damage):
                imported.add(str(each))
                continue
            await _import_entry(record, path.name, each, last, imported)
            if seen is not None:
                seen(imported)
    return imported


def _files(directory: Path) -> list[Path]:
    return sorted(directory.glob("*.jsonl.gz"))


def _next(found: Iterator[Member | Damage]) -> Member | Damage | None:
    return next(found, None)


async def _offset(record: Record, source: str) -> int:
    rows = await record.database.rows('SELECT "offset" FROM imports WHERE source = ?', (source,))
    return int(rows[0][0]) if rows else 0


async def _import_entry(
    record: Record, source: str, member: Member, last: dict[tuple[str, str, str], int], imported: Imported
) -> None:
    """Imports a member in one transaction: its edits, their results and the position in the file."""
    group, places = WriteGroup(), dict[tuple[str, str, str], int]()
    group.offsets[source] = member.end
    results = 0
    for entry in member.entries:
        each = converted(entry)
        try:
            if isinstance(each, NewEdit):
                places[each.shop_id, each.product_id, each.kind] = group.add_edit(each)
            elif isinstance(each, OldResult):
                await _add_result(record, group, each, places, last)
                results += 1
            else:
                raise ValueError(each)
        except (TypeError, ValueError) as error:
            imported.add(f"{source}, before byte {member.end}: {error}")
    numbers = await record.database.write(group)
    if len(last) > MAX_REMEMBERED:
        last.clear()
    last.update({key: numbers[place] for key, place in places.items()})
    imported.edits += len(numbers)
    imported.results += results


async def _add_result(
    record: Record,
    group: WriteGroup,
    result: OldResult,
    places: dict[tuple[str, str, str], int],
    last: dict[tuple[str, str, str], int],
) -> None:
    """Adds a result to its edit. Raises ValueError if the edit is missing."""
    key = (result.shop_id, result.product_id, result.kind)
    event, about = NewEvent(0, result.at, result.name, result.about), packed_about(result.about)
    if key in places:
        group.add_event_of(places[key], event, about)
    else:
        number = last.get(key) or await _look_up(record, result)
        if number is None:
            raise ValueError(f"a response to a missing edit of product {result.product_id}")
        group.add_event(replace(event, edit_id=number), about)
    outcome = result.about.get("outcome")
    if outcome in STATES and result.product_id:
        group.add_state(StateChange(result.at, result.shop_id, result.product_id, outcome, "imported"))


async def _look_up(record: Record, result: OldResult) -> int | None:
    if not result.product_id:
        return None
    async for entry in record.edits(Scope(result.shop_id, result.product_id, newest_first=True)):
        if not isinstance(entry, BadEntry) and entry.kind == result.kind and entry.at <= result.at:
            return entry.id
    return None
