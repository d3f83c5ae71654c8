"""Brings the journals of older releases into the record; what was imported before is not imported twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from record.codec import packed_about
from record.entry import BadEntry, NewEdit, NewEvent
from record.group import Group
from record.old_journal import Damage, Member, OldResult, converted, members
from record.record import Record
from record.scope import Scope
from record.state import STATES, StateChange

MOST_NAMED = 1_000
MOST_REMEMBERED = 200_000
"""Products of a file whose last edit is known without looking it up."""


@dataclass(slots=True)
class Imported:
    files: int = 0
    edits: int = 0
    results: int = 0
    bad_count: int = 0
    bad: list[str] = field(default_factory=list)
    """At most 1,000: file, byte and reason."""

    def add(self, problem: str) -> None:
        self.bad_count += 1
        if len(self.bad) < MOST_NAMED:
            self.bad.append(problem)


async def import_journals(
    record: Record, directory: Path, seen: Callable[[Imported], None] | None = None
) -> Imported:
    """Every `*.jsonl.gz` in the directory, oldest first; `seen` is called after each group.

    Every group is one transaction with how far its file is done, so an import that was interrupted goes on where it
    stopped. Raises RecordUnavailable, OSError.
    """
    imported = Imported()
    for path in sorted(directory.glob("*.jsonl.gz")):
        imported.files += 1
        offset = await _offset(record, path.name)
        last: dict[tuple[str, str, str], int] = {}
        found = members(path, offset)
        while (each := await asyncio.to_thread(_next, found)) is not None:
            if isinstance(each, Damage):
                imported.add(str(each))
                continue
            await _bring_in(record, path.name, each, last, imported)
            if seen is not None:
                seen(imported)
    return imported


def _next(found: Iterator[Member | Damage]) -> Member | Damage | None:
    return next(found, None)


async def _offset(record: Record, source: str) -> int:
    rows = await record.database.rows('SELECT "offset" FROM imports WHERE source = ?', (source,))
    return int(rows[0][0]) if rows else 0


async def _bring_in(
    record: Record, source: str, member: Member, last: dict[tuple[str, str, str], int], imported: Imported
) -> None:
    """First the edits, since results need their numbers; the file's offset goes with the second group."""
    edits, results = Group(), list[tuple[OldResult, int | None]]()
    keys: list[tuple[str, str, str]] = []
    place_of: dict[tuple[str, str, str], int] = {}
    for entry in member.entries:
        each = converted(entry)
        if isinstance(each, OldResult):
            results.append((each, place_of.get((each.shop_id, each.product_id, each.kind))))
            continue
        if isinstance(each, NewEdit):
            try:
                place = edits.add_edit(each)
            except (TypeError, ValueError) as error:
                each = str(error)
            else:
                key = (each.shop_id, each.product_id, each.kind)
                keys.append(key)
                place_of[key] = place
                continue
        imported.add(f"{source}, before byte {member.end}: {each}")
    edits.offsets[source] = member.end
    numbers = await record.database.write(edits)
    if len(last) > MOST_REMEMBERED:
        last.clear()
    events = Group()
    for result, place in results:
        key = (result.shop_id, result.product_id, result.kind)
        number = numbers[place] if place is not None else last.get(key) or await _look_up(record, result)
        if number is None:
            imported.add(f"{source}, before byte {member.end}: an answer to an edit of {result.product_id} that is not there")
            continue
        events.add_event(NewEvent(number, result.at, result.name, result.about), packed_about(result.about))
        outcome = result.about.get("outcome")
        if outcome in STATES and result.product_id:
            events.add_state(StateChange(result.at, result.shop_id, result.product_id, outcome, "imported"))
        imported.results += 1
    last.update(zip(keys, numbers, strict=True))
    if events.size:
        await record.database.write(events)
    imported.edits += len(numbers)


async def _look_up(record: Record, result: OldResult) -> int | None:
    if not result.product_id:
        return None
    async for entry in record.edits(Scope(result.shop_id, result.product_id, until=None, newest_first=True)):
        if not isinstance(entry, BadEntry) and entry.kind == result.kind and entry.at <= result.at:
            return entry.id
    return None
