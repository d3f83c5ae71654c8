"""A group of concurrent writes, which share one transaction and one sync to disk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from record.codec import PackedEdit, check_names, checksum, event_row, packed_edit, run_row, state_row
from record.entry import NewEdit, NewEvent
from record.product_name import ProductName, name_of
from record.state import Run, StateChange

EDIT_OVERHEAD = 500
"""Bytes per edit in addition to its content: columns, indexes and usual events, as measured over 100,000 edits."""


@dataclass(slots=True)
class WriteGroup:
    edits: list[PackedEdit] = field(default_factory=list)
    events: list[tuple[NewEvent, bytes]] = field(default_factory=list)
    states: dict[tuple[str, str], StateChange] = field(default_factory=dict)
    """Only the last change of each product is written."""
    members: dict[tuple[str, str, str], None] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    offsets: dict[str, int] = field(default_factory=dict)
    """Journal file -> number of imported bytes."""
    names: dict[tuple[str, str], ProductName] = field(default_factory=dict)
    size: int = 0
    """Rows, roughly."""
    plain_bytes: int = 0

    def add_run(self, run: Run) -> None:
        check_names(run.run_id, run.kind)
        self.runs.setdefault(run.run_id, run)
        self.size += 1

    def compress(self) -> None:
        """Compresses all edits. Call it in a thread before `rows_of`."""
        for edit in self.edits:
            edit.compress()

    def add_edit(self, edit: NewEdit) -> int:
        """Adds an edit and returns its index in the group. Raises TypeError for content that is not JSON."""
        packed = packed_edit(edit)
        self.edits.append(packed)
        self.plain_bytes += len(packed.plain)
        if edit.product_id and edit.before:
            self.names[edit.shop_id, edit.product_id] = name_of(edit.before)
        self.size += 1
        return len(self.edits) - 1

    def add_event_of(self, place: int, event: NewEvent, about: bytes) -> None:
        """Adds an event for the edit at this index, which has no number yet."""
        self.add_event(replace(event, edit_id=-1 - place), about)

    def add_event(self, event: NewEvent, about: bytes) -> None:
        self.events.append((event, about))
        self.plain_bytes += len(about)
        self.size += 1

    def add_state(self, change: StateChange, *, join: bool = True) -> None:
        """Adds a state change. `join=False` is for products that already belong to the run."""
        check_names(change.shop_id, change.product_id, change.run_id)
        key = (change.shop_id, change.product_id)
        self.states.pop(key, None)
        self.states[key] = change
        if change.title and key not in self.names:
            self.names[key] = ProductName(change.title, change.skus)
        if change.run_id and join:
            self.members[(change.run_id, *key)] = None
        self.plain_bytes += 200
        self.size += 1

    def add_member(self, run_id: str, shop_id: str, product_id: str) -> None:
        check_names(run_id, shop_id, product_id)
        self.members[run_id, shop_id, product_id] = None
        self.size += 1


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a group by table. All processes write them in the same order."""

    edits: list[tuple[Any, ...]]
    events: list[tuple[Any, ...]]
    edited: list[tuple[Any, ...]]
    """Products with new edits: a state row in case the product is new, and the number of edits."""
    states: list[tuple[Any, ...]]
    usage: list[tuple[str, str, int, int]]
    event_edits: list[tuple[int]]
    """The number of each event's entry, by which the events of a run and shop are counted."""
    members: list[tuple[str, str, str]]
    runs: list[tuple[Any, ...]]
    offsets: list[tuple[str, int]]
    names: list[tuple[str, str, str, str]]


def rows_of(group: WriteGroup, edit_ids: Sequence[int], event_ids: Sequence[int]) -> Rows:
    """The rows of a compressed group with these entry numbers."""
    edits, products = list[tuple[Any, ...]](), dict[tuple[str, str], list[Any]]()
    used: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for edit, number in zip(group.edits, edit_ids, strict=True):
        edits.append(edit.row(number))
        of_run = used[edit.run_id, edit.shop_id]
        of_run[0] += 1
        of_run[1] += len(edit.content) + EDIT_OVERHEAD
        if edit.product_id:
            products.setdefault((edit.shop_id, edit.product_id), [edit, 0])[1] += 1
    events = [
        event_row(event if event.edit_id >= 0 else replace(event, edit_id=edit_ids[-1 - event.edit_id]), number, about)
        for (event, about), number in zip(group.events, event_ids, strict=True)
    ]
    members = group.members | {(edit.run_id, *key): None for key, (edit, _) in products.items() if edit.run_id}
    return Rows(
        edits,
        events,
        [(*_running(edit), count) for _, (edit, count) in sorted(products.items())],
        [state_row(change) for _, change in sorted(group.states.items())],
        [(*key, edits, size) for key, (edits, size) in sorted(used.items())],
        [(row[1],) for row in events],
        sorted(members),
        [run_row(run) for _, run in sorted(group.runs.items())],
        sorted(group.offsets.items()),
        [(*key, name.title, name.words) for key, name in sorted(group.names.items())],
    )


def _running(edit: PackedEdit) -> tuple[Any, ...]:
    """The initial state row of a product that becomes known through an edit."""
    row = (edit.shop_id, edit.product_id, "running", edit.at, "", edit.run_id)
    return (*row, checksum("state", row))
