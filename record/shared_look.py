"""Finds out for many products at once, with one query, which of them have entries.

Jobs ask this before each edit, and most products were never edited. A query for each of them would cost several times
as much CPU, most of it for the way to SQLite's thread or PostgreSQL's server and back.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from record.database import Database
from record.errors import DamagedStore, own_copy

MAX_PRODUCTS = 400
"""Products per query. Each is two parameters, of which older releases of SQLite take 999."""
HAVE_ENTRIES = (
    "WITH asked(shop_id, product_id) AS (VALUES {}) SELECT a.shop_id, a.product_id FROM asked a WHERE EXISTS "
    "(SELECT 1 FROM edits e WHERE e.shop_id = a.shop_id AND e.product_id = a.product_id) OR EXISTS (SELECT 1 FROM "
    "products p WHERE p.shop_id = a.shop_id AND p.product_id = a.product_id AND p.edits <> 0)"
)
"""The index of entries and the counter of each product, either of which damage may hide."""

Key = tuple[str, str]


@dataclass(slots=True)
class _Turn:
    asked: dict[Key, None] = field(default_factory=dict)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    edited: frozenset[Key] | None = None
    """None if unknown."""
    error: Exception | None = None


class SharedLook:
    def __init__(self, seconds: float) -> None:
        """Callers wait for each other for this time."""
        self._seconds = seconds
        self._next: _Turn | None = None
        self._tasks = set[asyncio.Task[None]]()

    async def has_entries(self, database: Database, shop_id: str, product_id: str) -> bool:
        """True as well if the answer is unknown. Raises RecordUnavailable."""
        turn = self._next
        if turn is None:
            turn = self._next = _Turn()
            asyncio.get_running_loop().call_later(self._seconds, self._begin, database)
        turn.asked[shop_id, product_id] = None
        if len(turn.asked) >= MAX_PRODUCTS:
            self._begin(database)
        await turn.ended.wait()
        if turn.error is not None:
            raise own_copy(turn.error)
        return turn.edited is None or (shop_id, product_id) in turn.edited

    def _begin(self, database: Database) -> None:
        turn, self._next = self._next, None
        if turn is not None:  # else it was full, and has begun
            task = asyncio.create_task(_ask(database, turn), name="record look")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _ask(database: Database, turn: _Turn) -> None:
    places = ", ".join(["(?, ?)"] * len(turn.asked))
    parameters = [each for key in turn.asked for each in key]
    try:
        rows = await database.rows(HAVE_ENTRIES.format(places), parameters)
        turn.edited = frozenset((shop_id, product_id) for shop_id, product_id in rows)
    except DamagedStore:
        pass  # unknown: reading the products' entries names the damage
    except Exception as error:  # the callers receive it
        turn.error = error
    finally:
        turn.ended.set()
