"""The lines of a report: one per product of a run or shop, with its state and the result of its edits.

States and edits are read page by page in the same order and joined while reading, so memory does not grow with the
number of products.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from record.entry import BadEntry, StoredEdit
from record.record import Record
from record.scope import Scope
from record.state import ProductState
from relisting.changes import changes

Result = Literal["moved", "in_audit", "audit_failed", "refused", "not_sent", "unanswered", "undone", ""]
Key = tuple[str, str]
UNDO = "undo-"
"""Prefix of every run that undoes something: `undo-spring-1`."""
MAX_EDITS = 100
"""Number of edits per product held in memory; older ones cannot be the last effective edit."""


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One product."""

    shop_id: str
    product_id: str
    """Empty for a listing whose creation was not accepted."""
    title: str = ""
    state: str = ""
    """The current state; empty if the record has none."""
    since: datetime | None = None
    state_reason: str = ""
    result: Result = ""
    """The result of the newest effective edit, or else of the newest edit; empty without an edit."""
    edited_at: datetime | None = None
    changes: tuple[str, ...] = ()
    refusal: str = ""
    """Why the platform refused the newest edit, or why its audit failed."""
    undone_at: datetime | None = None


async def report_lines(record: Record, *, run_id: str = "", shop_id: str = "") -> AsyncIterator[ReportLine | BadEntry]:
    """Yields lines sorted by shop and product, and damaged entries when found.

    A run's edits are read together with those that undid them, in whatever run. Raises RecordUnavailable,
    DamagedStore.
    """
    async with AsyncExitStack() as stack:
        sources: list[AsyncIterator[ProductState | StoredEdit | BadEntry]] = [
            record.products(run_id=run_id, shop_id=shop_id),
            record.edits(Scope(shop_id, run_id=run_id)),
        ]
        for source in sources:
            await stack.enter_async_context(aclosing(source))  # type: ignore[type-var]
        key: Key | None = None
        state: ProductState | None = None
        edits: list[StoredEdit] = []
        async for entry in _merged(sources):
            if isinstance(entry, BadEntry):
                yield entry
            elif isinstance(entry, StoredEdit) and not entry.product_id:
                yield _line(_key(entry), None, [entry])
            else:
                if _key(entry) != key:
                    if key is not None:
                        yield _line(key, state, await _with_undos(record, key, edits))
                    key, state, edits = _key(entry), None, []
                if isinstance(entry, ProductState):
                    state = entry
                else:
                    edits = [*edits[-MAX_EDITS + 1 :], entry]
        if key is not None:
            yield _line(key, state, await _with_undos(record, key, edits))


async def _with_undos(record: Record, key: Key, edits: list[StoredEdit]) -> list[StoredEdit]:
    """The edits with those that undid them, directly or as undo of an undo. Reads more only for undone products."""
    undone_by = {run for each in edits for run in _undone_by(each)}
    if not undone_by:
        return edits
    known, found = {each.id for each in edits}, list(edits)
    async for entry in record.edits(Scope(*key)):
        # An undo is written after the edit it undoes, so one pass in order of writing finds all.
        if isinstance(entry, StoredEdit) and entry.id not in known and entry.run_id in undone_by:
            undone_by |= _undone_by(entry)
            found.append(entry)
    return found


def _undone_by(edit: StoredEdit) -> set[str]:
    return {str(each.about.get("run_id")) for each in edit.events if each.name == "undone"}


async def _merged(
    sources: Sequence[AsyncIterator[ProductState | StoredEdit | BadEntry]],
) -> AsyncIterator[ProductState | StoredEdit | BadEntry]:
    """Merges the entries of all sources by shop and product; yields damaged entries immediately."""
    heads: dict[int, ProductState | StoredEdit] = {}
    waiting = set(range(len(sources)))
    while waiting or heads:
        for place in sorted(waiting):
            while (entry := await anext(sources[place], None)) is not None:
                if not isinstance(entry, BadEntry):
                    heads[place] = entry
                    break
                yield entry
        waiting.clear()
        if heads:
            first = min(heads, key=lambda place: (*_key(heads[place]), place))
            yield heads.pop(first)
            waiting.add(first)


def _key(entry: ProductState | StoredEdit) -> Key:
    return entry.shop_id, entry.product_id


def _line(key: Key, state: ProductState | None, edits: Sequence[StoredEdit]) -> ReportLine:
    ordered = sorted(edits, key=lambda each: each.id)
    effective = next((each for each in reversed(ordered) if result_of(each) in ("moved", "in_audit", "undone")), None)
    newest = ordered[-1] if ordered else None
    shown = effective or newest
    move = next((each for each in reversed(ordered) if each.kind != "undo" and result_of(each) == "moved"), None)
    move = move or next((each for each in reversed(ordered) if each.kind != "undo"), None)
    result = result_of(shown) if shown is not None else ""
    created = newest.event("answered") if newest is not None and not key[1] else None
    return ReportLine(
        key[0],
        key[1] or (str(created.about.get("product_id") or "") if created else ""),
        next((title for each in reversed(ordered) if (title := _title(each))), ""),
        state.state if state else "",
        state.at if state else None,
        state.reason if state else "",
        result,
        move.at if move else None,
        _changes(move) if move is not None and result in ("moved", "in_audit", "undone") else (),
        _refusal(newest) if newest is not None else "",
        shown.at if shown is not None and result == "undone" else None,
    )


def result_of(edit: StoredEdit) -> Result:
    """The result of an edit. An accepted undo is `undone`; an accepted undo of an undo is `moved` again."""
    if edit.event("refused") is not None:
        return "refused"
    if edit.event("not_sent") is not None:
        return "not_sent"
    ended, answered = edit.event("audit_ended"), edit.event("answered")
    if ended is not None and ended.about.get("outcome") != "relisted":
        return "audit_failed"
    if ended is None and answered is None:
        return "unanswered"
    if edit.kind == "undo" and _times_undone(edit.run_id) % 2:
        return "undone"
    audited = ended is not None or (answered is not None and answered.about.get("outcome") != "in_audit")
    return "moved" if audited else "in_audit"


def _times_undone(run_id: str) -> int:
    times = 0
    while run_id.startswith(UNDO):
        run_id, times = run_id.removeprefix(UNDO), times + 1
    return max(times, 1)


def _title(edit: StoredEdit) -> str:
    return str((edit.before or {}).get("title") or edit.edit.get("title") or "")


def _changes(edit: StoredEdit) -> tuple[str, ...]:
    if edit.before is None:
        return ("created",)
    if edit.changes or not edit.edit.get("category_id"):
        return edit.changes
    return changes(edit.before, edit.edit, "")


def _refusal(edit: StoredEdit) -> str:
    event = edit.event("refused", "not_sent", "audit_ended")
    if event is None or (event.name == "audit_ended" and event.about.get("outcome") == "relisted"):
        return ""
    reasons = "; ".join(str(each) for each in event.about.get("reasons") or ())
    return str(event.about.get("message") or "") or reasons or str(event.about.get("outcome") or "no reason given")
