"""Verifies the whole record: checksums, counters and the store's structure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from record import action_log, reading
from record.codec import read_event
from record.database import Database
from record.entry import BadEntry
from record.errors import BadContent, DamagedStore
from record.scope import Scope

ROWS_AT_ONCE = 1_000
MAX_NAMED = 1_000


@dataclass(slots=True)
class Verified:
    edits: int = 0
    events: int = 0
    products: int = 0
    bad: list[BadEntry] = field(default_factory=list)
    """At most 1,000 entries; `bad_count` is their total."""
    bad_count: int = 0
    problems: list[str] = field(default_factory=list)
    """Problems of the store, not of single entries."""
    advice: list[str] = field(default_factory=list)
    """Recommended settings that would let the store detect damage; these are not faults."""

    @property
    def sound(self) -> bool:
        return not self.bad_count and not self.problems

    def add(self, entry: BadEntry) -> None:
        self.bad_count += 1
        if len(self.bad) < MAX_NAMED:
            self.bad.append(entry)


async def verify(database: Database) -> Verified:
    """Raises RecordUnavailable."""
    found = Verified()
    problems = await database.problems()
    found.problems, found.advice = (
        [each for each in problems if "checksums are off" not in each],
        [each for each in problems if "checksums are off" in each],
    )
    async for entry in reading.edits(database, Scope(), thorough=True):
        if isinstance(entry, BadEntry):
            found.add(entry)
        else:
            found.edits += 1
    try:
        await _events(database, found)
        async for state in reading.products(database):
            if isinstance(state, BadEntry):
                found.add(state)
            else:
                found.products += 1
        for run in await reading.runs(database):
            if isinstance(run, BadEntry):
                found.add(run)
        await _counters(database, found)
        found.problems += [problem async for problem in action_log.broken_links(database)]
    except DamagedStore as damaged:
        found.problems.append(str(damaged))
    return found


async def _events(database: Database, found: Verified) -> None:
    """Checks events whose edit is missing; the others were read with their edits."""
    last = 0
    while True:
        sql = (
            "SELECT v.id, v.edit_id, v.at, v.name, v.about, v.checksum, e.id FROM edit_events v "
            "LEFT JOIN edits e ON e.id = v.edit_id WHERE v.id > ? ORDER BY v.id LIMIT ?"
        )
        rows = await database.rows(sql, (last, ROWS_AT_ONCE))
        for row in rows:
            found.events += 1
            if row[6] is None:
                found.add(BadEntry(row[1], "", "", f"event {row[0]} belongs to an entry that is missing"))
                if problem := _problem(row[:6]):
                    found.add(BadEntry(row[1], "", "", f"event {row[0]}: {problem}"))
        if len(rows) < ROWS_AT_ONCE:
            return
        last = rows[-1][0]


def _problem(row: tuple[Any, ...]) -> str:
    try:
        read_event(row)
    except BadContent as bad:
        return str(bad)
    return ""


COUNTERS = (
    (
        "entries of {0} of shop {1} (run, shop): {2} counted, {3} found",
        "SELECT u.run_id, u.shop_id, u.edits, count(e.id) FROM usage u LEFT JOIN edits e ON e.run_id = u.run_id "
        "AND e.shop_id = u.shop_id GROUP BY u.run_id, u.shop_id, u.edits HAVING u.edits <> count(e.id) LIMIT 100",
    ),
    (
        "entries of product {1} of shop {0}: {2} counted, {3} found",
        "SELECT p.shop_id, p.product_id, p.edits, count(e.id) FROM products p LEFT JOIN edits e "
        "ON e.shop_id = p.shop_id AND e.product_id = p.product_id GROUP BY p.shop_id, p.product_id, p.edits "
        "HAVING p.edits <> count(e.id) LIMIT 100",
    ),
    (
        "product {1} of shop {0} is missing, but has {2} entries",
        "SELECT e.shop_id, e.product_id, count(*) FROM edits e LEFT JOIN products p ON p.shop_id = e.shop_id "
        "AND p.product_id = e.product_id WHERE p.shop_id IS NULL AND e.product_id <> '' "
        "GROUP BY e.shop_id, e.product_id LIMIT 100",
    ),
    (
        "product {2} of shop {1} is missing, but belongs to run {0}",
        "SELECT r.run_id, r.shop_id, r.product_id FROM run_products r LEFT JOIN products p ON p.shop_id = r.shop_id "
        "AND p.product_id = r.product_id WHERE p.shop_id IS NULL LIMIT 100",
    ),
    (
        "the count of {0} of shop {1} (run, shop) is missing, but there are {2} entries",
        "SELECT e.run_id, e.shop_id, count(*) FROM edits e LEFT JOIN usage u ON u.run_id = e.run_id "
        "AND u.shop_id = e.shop_id WHERE u.run_id IS NULL GROUP BY e.run_id, e.shop_id LIMIT 100",
    ),
    (
        "products of shop {0} in state {1}: {2} counted, {3} found",
        "SELECT c.shop_id, c.state, c.products, coalesce(p.there, 0) FROM state_counts c LEFT JOIN "
        "(SELECT shop_id, state, count(*) AS there FROM products GROUP BY shop_id, state) AS p "
        "ON p.shop_id = c.shop_id AND p.state = c.state WHERE c.products <> coalesce(p.there, 0) LIMIT 100",
    ),
    (
        "products of shop {0} in state {1}: none counted, {2} found",
        "SELECT p.shop_id, p.state, count(*) FROM products p LEFT JOIN state_counts c ON c.shop_id = p.shop_id "
        "AND c.state = p.state WHERE c.shop_id IS NULL GROUP BY p.shop_id, p.state LIMIT 100",
    ),
)


# During an update, workers of an earlier release add events without counting them; this is not a problem.
EVENTS = (
    "SELECT u.run_id, u.shop_id, u.events, coalesce(v.events, 0), u.event_edits - coalesce(v.edits, 0) FROM usage u "
    "LEFT JOIN (SELECT e.run_id, e.shop_id, count(*) AS events, sum(e.id) AS edits FROM edit_events v JOIN edits e "
    "ON e.id = v.edit_id GROUP BY e.run_id, e.shop_id) AS v ON v.run_id = u.run_id AND v.shop_id = u.shop_id "
    "WHERE u.events > coalesce(v.events, 0) "
    "OR (u.events = coalesce(v.events, 0) AND u.event_edits <> coalesce(v.edits, 0)) LIMIT 100"
)


async def _counters(database: Database, found: Verified) -> None:
    for text, sql in COUNTERS:
        found.problems += [text.format(*row) for row in await database.rows(sql)]
    for run_id, shop_id, counted, there, difference in await database.rows(EVENTS):
        problem = f"events of {run_id} of shop {shop_id} (run, shop): {counted} counted, {there} found"
        # The sums of the entries' numbers differ by the number of the only entry that lacks an event.
        found.problems.append(f"{problem}; entry {difference} lacks one" if counted - there == 1 else problem)
