"""Reads the record page by page and skips damage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from record.codec import read_edit, read_event, read_run, read_state
from record.database import Database
from record.entry import BadEntry, StoredEdit, StoredEvent
from record.errors import BadContent, DamagedStore
from record.scope import EDIT_COLUMNS, KEY_COLUMNS, PageQuery, Scope, page
from record.state import STATES, ProductState, ProductStateName, Run

ROWS_AT_ONCE = 100
"""Rows per page; with before-images of 10 kB a page takes a few MB of memory."""
KEYS_AT_ONCE = 1_000
MAX_RUNS = 1_000
EVENT_COLUMNS = "id, edit_id, at, name, about, checksum"
STATE_COLUMNS = "shop_id, product_id, state, at, reason, run_id, checksum"
UNREADABLE = "the page that contains it is damaged"
NO_SOUND_KEY = "no row of a page is sound, so rows before the next page may be missing: run `relist record verify`"


class _Copy:
    """A copy rebuilt from a damaged store when a reader first needs it."""

    def __init__(self, database: Database, wanted: bool) -> None:
        self._database, self._wanted = database, wanted
        self._copy: Database | None = None

    async def get(self) -> Database | None:
        if self._wanted and self._copy is None:
            self._copy = await self._database.rebuilt()
            self._wanted = self._copy is not None
        return self._copy

    async def close(self) -> None:
        if self._copy is not None:
            await self._copy.close()


async def edits(database: Database, scope: Scope, thorough: bool) -> AsyncIterator[StoredEdit | BadEntry]:
    """Yields the entries in scope with their events. Raises RecordUnavailable."""
    copy = _Copy(database, thorough)
    try:
        counted = await _counted(database, scope)
        if counted == (0, 0):
            return  # most products were never edited, and the query of the page costs as much as that of the counts
        lost = _lost(counted, scope)
        if lost is not None:
            yield lost
        source = (await copy.get() if lost is not None else None) or database
        async for entry in _paged(source, scope, copy):
            yield entry
    finally:
        await copy.close()


async def _counted(database: Database, scope: Scope) -> tuple[int, int] | DamagedStore | None:
    """Returns the number of entries in scope by the index and by separate counters; None if nothing counts them."""
    queries = {
        "product": (
            "edits WHERE shop_id = ? AND product_id = ?",
            "edits), 0) FROM products WHERE shop_id = ? AND product_id = ?",
        ),
        "run": ("edits WHERE run_id = ?", "edits), 0) FROM usage WHERE run_id = ?"),
        "shop": ("edits WHERE shop_id = ?", "edits), 0) FROM usage WHERE shop_id = ?"),
    }
    name, parameters = _level(scope)
    if not name:
        return None  # `verify` checks these scopes
    found, kept = queries[name]
    sql = f"SELECT (SELECT count(*) FROM {found}), (SELECT coalesce(sum({kept})"
    try:
        ((indexed, counted),) = await database.rows(sql, parameters * 2)
    except DamagedStore as damaged:
        return damaged
    return indexed, counted


def _level(scope: Scope) -> tuple[str, list[str]]:
    if scope.product_id:
        return "product", [scope.shop_id, scope.product_id]
    if scope.run_id:
        return "run", [scope.run_id]
    return ("shop", [scope.shop_id]) if scope.shop_id else ("", [])


def _lost(counted: tuple[int, int] | DamagedStore | None, scope: Scope) -> BadEntry | None:
    """Reports entries that an index has lost unnoticed."""
    if counted is None:
        return None
    if isinstance(counted, DamagedStore):
        return BadEntry(None, scope.shop_id, scope.product_id, str(counted))
    indexed, kept = counted
    if indexed == kept:
        return None
    name, _ = _level(scope)
    why = f"the index has {indexed} entries of this {name}, {kept} were counted: run `relist record verify`"
    return BadEntry(None, scope.shop_id, scope.product_id, why)


async def _paged(database: Database, scope: Scope, copy: _Copy) -> AsyncIterator[StoredEdit | BadEntry]:
    after: tuple[Any, ...] | None = None
    unsound = set[tuple[Any, ...]]()  # a damaged key may lead back to a page that was read
    reported = False
    while True:
        query = page(scope, after)
        damaged = ""
        try:
            keys: Sequence[tuple[Any, ...]] = await database.rows(
                query.sql(EDIT_COLUMNS), (*query.parameters, ROWS_AT_ONCE)
            )
            entries = [_entry(row) for row in keys]
        except DamagedStore as problem:
            damaged = str(problem)
            from_index = await _keys(database, query)
            if from_index is None:
                # The rest of the index is damaged.
                yield BadEntry(None, scope.shop_id, scope.product_id, damaged)
                other = await copy.get()
                if other is None or other is database:
                    return
                database, reported = other, True
                continue
            keys = from_index
            entries = [await _one(database, key, copy) for key in keys]
        is_last = len(keys) < ROWS_AT_ONCE
        taken = len(keys) if is_last else _up_to_sound(entries)
        for entry in await _with_events(database, entries[:taken], copy):
            damaged = "" if isinstance(entry, BadEntry) else damaged
            yield entry
        if not is_last and isinstance(entries[taken - 1], BadEntry):
            yield BadEntry(None, scope.shop_id, scope.product_id, NO_SOUND_KEY)
            reported = True
            if (other := await copy.get()) is not None and other is not database:
                database = other  # continues after the last sound entry
                continue
        if damaged and not reported:
            # Every entry was found, but the store still needs a repair.
            yield BadEntry(None, scope.shop_id, scope.product_id, damaged)
            reported = True
        if is_last:
            return
        by_name = dict(zip(KEY_COLUMNS.split(", "), keys[taken - 1], strict=False))
        after = tuple(by_name[name] for name in query.order)
        if isinstance(entries[taken - 1], BadEntry):
            if after in unsound:
                return
            unsound.add(after)


def _up_to_sound(entries: Sequence[object]) -> int:
    """How many entries of a page to take: up to the last sound one, because the next page begins after its key. The
    key of a damaged one may be anywhere in the order. All of them if none is sound.
    """
    sound = (place for place in range(len(entries), 0, -1) if not isinstance(entries[place - 1], BadEntry))
    return next(sound, len(entries))


async def _keys(database: Database, query: PageQuery) -> list[tuple[Any, ...]] | None:
    """The keys of a page from the index; None if the index cannot be read."""
    try:
        # Without `at` the index covers the query, so the table is not read.
        columns = ", ".join(dict.fromkeys(("id", "shop_id", "product_id", *query.order)))
        rows = await database.rows(query.sql(columns), (*query.parameters, ROWS_AT_ONCE))
    except DamagedStore:
        return None
    names = columns.split(", ")
    return [tuple(dict(zip(names, row, strict=True)).get(name) for name in KEY_COLUMNS.split(", ")) for row in rows]


async def _one(database: Database, key: tuple[Any, ...], copy: _Copy) -> StoredEdit | BadEntry:
    entry_id, _, shop_id, product_id = key
    sql = f"SELECT {EDIT_COLUMNS} FROM edits WHERE id = ?"
    try:
        found = await database.rows(sql, (entry_id,))
    except DamagedStore:
        found = []
    # A damaged pointer misleads the search for an existing row.
    if not found and (other := await copy.get()) is not None:
        found = await other.rows(sql, (entry_id,))
    return _entry(found[0]) if found else BadEntry(entry_id, _shown(shop_id), _shown(product_id), UNREADABLE)


def _entry(row: tuple[Any, ...]) -> StoredEdit | BadEntry:
    try:
        return read_edit(row)
    except BadContent as bad:
        number, _, shop_id, product_id = row[:4]
        return BadEntry(number if isinstance(number, int) else None, _shown(shop_id), _shown(product_id), str(bad))


async def _with_events(
    database: Database, entries: Sequence[StoredEdit | BadEntry], copy: _Copy
) -> list[StoredEdit | BadEntry]:
    """Yields each edit with its events, followed by its damaged events."""
    ids = [entry.id for entry in entries if isinstance(entry, StoredEdit)]
    events: dict[int, list[StoredEvent]] = defaultdict(list)
    bad: dict[int, list[str]] = defaultdict(list)
    try:
        rows = await _events(database, ids)
    except DamagedStore:
        other = await copy.get()
        rows = await _events(other, ids) if other is not None else []
        for each in ids:
            bad[each].append("the store of its events is damaged: some may be missing")
    for row in rows:
        try:
            event = read_event(row)
            events[event.edit_id].append(event)
        except BadContent as problem:
            bad[row[1]].append(f"event {row[0]}: {problem}")
    result: list[StoredEdit | BadEntry] = []
    for entry in entries:
        if isinstance(entry, BadEntry):
            result.append(entry)
            continue
        result.append(replace(entry, events=tuple(events[entry.id])) if events[entry.id] else entry)
        result += [BadEntry(entry.id, entry.shop_id, entry.product_id, why) for why in bad[entry.id]]
    return result


async def _events(database: Database, ids: Sequence[int]) -> list[tuple[Any, ...]]:
    if not ids:
        return []
    places = ", ".join("?" * len(ids))
    sql = f"SELECT {EVENT_COLUMNS} FROM edit_events WHERE edit_id IN ({places}) ORDER BY edit_id, id"
    return await database.rows(sql, ids)


async def product(database: Database, shop_id: str, product_id: str) -> ProductState | BadEntry | None:
    """Raises RecordUnavailable."""
    sql = f"SELECT {STATE_COLUMNS} FROM products WHERE shop_id = ? AND product_id = ?"
    try:
        found = await database.rows(sql, (shop_id, product_id))
    except DamagedStore as damaged:
        return BadEntry(None, shop_id, product_id, str(damaged))
    return _state(found[0]) if found else None


async def products(database: Database, run_id: str = "", shop_id: str = "") -> AsyncIterator[ProductState | BadEntry]:
    """Raises RecordUnavailable, DamagedStore."""
    equal = {"p.shop_id": shop_id, "r.run_id": run_id}
    conditions = [f"{name} = ?" for name, value in equal.items() if value]
    parameters = [value for value in equal.values() if value]
    columns = ", ".join(f"p.{name}" for name in STATE_COLUMNS.split(", "))
    source, key = "products p", "(p.shop_id, p.product_id)"
    if run_id:
        source = "run_products r JOIN products p ON p.shop_id = r.shop_id AND p.product_id = r.product_id"
        key = "(r.shop_id, r.product_id)"
    after: tuple[str, ...] = ()
    unsound = set[tuple[str, ...]]()
    while True:
        where = " AND ".join([*conditions, *([f"{key} > (?, ?)"] if after else [])]) or "1 = 1"
        sql = f"SELECT {columns} FROM {source} WHERE {where} ORDER BY {key.strip('()')} LIMIT ?"
        found = await database.rows(sql, (*parameters, *after, KEYS_AT_ONCE))
        states = [_state(row) for row in found]
        is_last = len(found) < KEYS_AT_ONCE
        taken = len(found) if is_last else _up_to_sound(states)
        for state in states[:taken]:
            yield state
        if is_last:
            return
        after = (found[taken - 1][0], found[taken - 1][1])
        if isinstance(states[taken - 1], BadEntry):
            yield BadEntry(None, shop_id, "", NO_SOUND_KEY)
            if after in unsound:
                return
            unsound.add(after)


def _state(row: tuple[Any, ...]) -> ProductState | BadEntry:
    try:
        return read_state(row)
    except BadContent as bad:
        return BadEntry(None, _shown(row[0]), _shown(row[1]), f"the state's row is damaged: {bad}")


async def counts(database: Database, run_id: str, shop_id: str) -> Mapping[ProductStateName, int]:
    """Raises RecordUnavailable, DamagedStore."""
    if run_id:
        source = "run_products r JOIN products p ON p.shop_id = r.shop_id AND p.product_id = r.product_id"
        select = f"SELECT p.state, count(*) FROM {source} WHERE r.run_id = ?"
        parameters, group = [run_id], "p.state"
        if shop_id:
            select, parameters = f"{select} AND r.shop_id = ?", [run_id, shop_id]
    else:
        select, parameters, group = "SELECT state, sum(products) FROM state_counts", [], "state"
        if shop_id:
            select, parameters = f"{select} WHERE shop_id = ?", [shop_id]
    found = {name: int(number) for name, number in await database.rows(f"{select} GROUP BY {group}", parameters)}
    return {name: found.get(name, 0) for name in STATES}


async def runs(database: Database, prefix: str = "") -> list[Run | BadEntry]:
    where, parameters = ("WHERE substr(run_id, 1, ?) = ? ", [len(prefix), prefix]) if prefix else ("", [])
    rows = await database.rows(
        f"SELECT run_id, at, kind, note, checksum FROM runs {where}ORDER BY at DESC LIMIT ?", (*parameters, MAX_RUNS)
    )
    return [_run(row) for row in rows]


async def run_sizes(database: Database, run_ids: Sequence[str]) -> Mapping[str, int]:
    """Raises RecordUnavailable, DamagedStore."""
    if not run_ids:
        return {}
    places = ", ".join("?" * len(run_ids))
    sql = f"SELECT run_id, sum(edits) FROM usage WHERE run_id IN ({places}) GROUP BY run_id"
    return {run_id: int(edits) for run_id, edits in await database.rows(sql, run_ids)}


def _run(row: tuple[Any, ...]) -> Run | BadEntry:
    try:
        return read_run(row)
    except BadContent as bad:
        return BadEntry(None, "", "", f"the row of run {_shown(row[0])} is damaged: {bad}")


def _shown(value: Any) -> str:
    """Damaged text in a printable form."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return str(value).encode("utf-8", "replace").decode() if value is not None else ""
