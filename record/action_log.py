"""The log of people's actions. Each entry contains the hash of the previous one, so a later change or removal is
detected.

`relist record verify` checks the chain. Anyone who can write to the store can also rewrite the whole chain, and the
chain cannot show that its end was cut off. The gateway therefore writes each hash to its own log (`action_logged`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from record.codec import clean
from record.database import Database
from record.errors import RecordUnavailable
from record.moment import from_micros, to_micros

COLUMNS = "id, at, actor, role, name, about, hash"
INSERT = f"INSERT INTO actions ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
FIRST_HASH = bytes(32)
"""The hash that precedes the first entry."""
MAX_TRIES = 20
"""Number of tries for writers that take the same number at once; each try lets at least one through."""
LONGEST_NAME, LONGEST_ABOUT = 200, 16_384
ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class NewAction:
    at: datetime
    actor: str
    """The actor: the name given at the login, or by the sign-in proxy."""
    role: str
    name: str
    """The action, for example `shop_paused`."""
    about: Mapping[str, Any]
    """JSON: the shops, run, question or cause concerned, and the number of products."""


@dataclass(frozen=True, slots=True)
class Action:
    id: int
    at: datetime
    actor: str
    role: str
    name: str
    about: Mapping[str, Any]
    hash: str
    """In hexadecimal."""


async def add_action(database: Database, action: NewAction) -> Action:
    """Return the entry when it is durable. Raises RecordUnavailable, DamagedStore, ValueError."""
    about = orjson.dumps(dict(action.about), option=orjson.OPT_SORT_KEYS)
    if len(about) > LONGEST_ABOUT:
        raise ValueError(f"the description of an action has {len(about)} bytes; the limit is {LONGEST_ABOUT}")
    actor, role = clean(action.actor, LONGEST_NAME), clean(action.role, LONGEST_NAME)
    for _ in range(MAX_TRIES):
        last, previous = await _head(database)
        head = (last + 1, to_micros(action.at), actor, role, action.name)
        row = (*head, about, hash_of(previous, head, about))
        if (await database.execute([(INSERT, row)]))[0]:
            return _action(row)
    raise RecordUnavailable(database.where, "too many actions are being logged at once", "try again")


async def read_actions(database: Database, *, before: int | None, limit: int, text: str = "") -> list[Action]:
    """The newest entries first, those with a smaller number than `before`. `text` occurs in the actor, name or about.

    Raises RecordUnavailable, DamagedStore.
    """
    conditions, parameters = ["1 = 1"], list[Any]()
    if before is not None:
        conditions.append("id < ?")
        parameters.append(before)
    found = list[Action]()
    sql = f"SELECT {COLUMNS} FROM actions WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT ?"
    wanted = text.casefold()
    while True:
        rows = await database.rows(sql, (*parameters, ROWS_AT_ONCE if wanted else limit))
        for row in rows:
            each = _action(row)
            if wanted in f"{each.actor} {each.name} {orjson.dumps(each.about).decode()}".casefold():
                found.append(each)
        if not wanted or len(found) >= limit or len(rows) < ROWS_AT_ONCE:
            return found[:limit]
        sql = f"SELECT {COLUMNS} FROM actions WHERE id < ? ORDER BY id DESC LIMIT ?"
        parameters = [rows[-1][0]]


async def broken_links(database: Database) -> AsyncIterator[str]:
    """A sentence for each entry that was changed, and for each gap. Raises RecordUnavailable, DamagedStore."""
    last = 0
    previous: bytes | None = FIRST_HASH
    while True:
        sql = f"SELECT {COLUMNS} FROM actions WHERE id > ? ORDER BY id LIMIT ?"
        rows = await database.rows(sql, (last, ROWS_AT_ONCE))
        for number, at, actor, role, name, about, stored in rows:
            if number != last + 1:
                yield f"actions {last + 1} to {number - 1} of the action log are missing"
                previous = None
            head = (number, at, actor, role, name)
            if previous is not None and hash_of(previous, head, _raw(about)) != _raw(stored):
                yield f"action {number} of the action log was changed after it was written"
            last, previous = number, _raw(stored)
        if len(rows) < ROWS_AT_ONCE:
            return


def hash_of(previous: bytes, head: tuple[Any, ...], about: bytes) -> bytes:
    """SHA-256 over the previous hash and the entry. Pure."""
    try:
        text = orjson.dumps(head)
    except TypeError:
        text = repr(head).encode("utf-8", "replace")  # damaged text, which matches no hash
    return sha256(previous + len(text).to_bytes(4, "big") + text + about).digest()


async def _head(database: Database) -> tuple[int, bytes]:
    rows = await database.rows("SELECT id, hash FROM actions ORDER BY id DESC LIMIT 1")
    return (int(rows[0][0]), bytes(rows[0][1])) if rows else (0, FIRST_HASH)


def _action(row: tuple[Any, ...]) -> Action:
    number, at, actor, role, name, about, stored = row
    try:
        read = orjson.loads(_raw(about))
    except orjson.JSONDecodeError:
        read = {"damaged": True}
    return Action(number, from_micros(at), str(actor), str(role), str(name), read, _raw(stored).hex())


def _raw(value: Any) -> bytes:
    """The bytes of a column. Someone who changed it may have changed its type as well."""
    return bytes(value) if isinstance(value, bytes | memoryview) else repr(value).encode("utf-8", "replace")
