"""Flips every bit of every stored value of a small PostgreSQL record; part of benchmarks/record_damage.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.record import postgres_server
from benchmarks.record_damage import BAD, content_of, fill_record, judged
from record.opening import open_record
from record.record import Record

KEYS = {"edits": "id", "edit_events": "id", "products": "product_id", "runs": "run_id"}
COLUMNS = {
    "edits": "id at shop_id product_id run_id kind decision content checksum",
    "edit_events": "id edit_id at name about checksum",
    "products": "shop_id product_id state at reason run_id checksum",
    "runs": "run_id at kind note checksum",
}
BIGINT_BITS = 64


@dataclass(frozen=True, slots=True)
class Flip:
    table: str
    column: str
    key: Any
    bit: int
    value: str
    """SQL for the new value."""
    parameter: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return f"bit {self.bit} of {self.column} of {self.table} {self.key}"


async def flipped(step: int) -> tuple[Counter[str], list[str], int] | None:
    """Counts by word, the flips that went wrong, and the number of bits; None where PostgreSQL is not installed."""
    server = postgres_server()
    if server is None:
        return None
    try:
        record = open_record(server.database(), Path())
        try:
            return await _flipped(record, step)
        finally:
            await record.close()
    finally:
        server.stop()


async def _flipped(record: Record, step: int) -> tuple[Counter[str], list[str], int]:
    await fill_record(record)
    sound, _, _ = await content_of(record)
    flips = [each async for each in _flips(record)][::step]
    # A bit flip on the disk starts no trigger, and may make two keys equal.
    for table in KEYS:
        await record.database.execute([(f"ALTER TABLE {table} DISABLE TRIGGER USER", ())])
    unique = "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype IN ('p', 'u')"
    for table, name in await record.database.rows(f"{unique} AND connamespace = current_schema()::regnamespace"):
        await record.database.execute([(f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE", ())])
    for table in KEYS:
        await record.database.execute([(f"CREATE TABLE saved_{table} AS SELECT * FROM {table}", ())])
    found, wrong = Counter[str](), list[str]()
    for each in flips:
        sql = f"UPDATE {each.table} SET {each.column} = {each.value} WHERE {KEYS[each.table]} = ?"
        await record.database.execute([(sql, (*each.parameter, each.key))])
        word = await judged(record, sound)
        found[f"PostgreSQL: {word}"] += 1
        if word in BAD:
            wrong.append(f"PostgreSQL, {each}: {word}")
        await record.database.execute(
            [(f"DELETE FROM {each.table}", ()), (f"INSERT INTO {each.table} SELECT * FROM saved_{each.table}", ())]
        )
    return found, wrong, len(flips)


async def _flips(record: Record) -> Any:
    for table, columns in COLUMNS.items():
        for row in await record.database.rows(f"SELECT {KEYS[table]}, {', '.join(columns.split())} FROM {table}"):
            key = row[0]
            for column, value in zip(columns.split(), row[1:], strict=True):
                for flip in _of_value(table, column, key, value):
                    yield flip


def _of_value(table: str, column: str, key: Any, value: Any) -> Iterator[Flip]:
    if isinstance(value, int):
        for bit in range(BIGINT_BITS):
            yield Flip(table, column, key, bit, f"{column} # (1::bigint << {bit})")
    elif isinstance(value, bytes):
        for bit in range(8 * len(value)):
            yield Flip(table, column, key, bit, f"set_bit({column}, {bit}, 1 - get_bit({column}, {bit}))")
    else:
        data = str(value).encode()
        for bit in range(8 * len(data)):
            changed = bytearray(data)
            changed[bit // 8] ^= 1 << bit % 8
            text = changed.decode("utf-8", "replace")
            if "\0" not in text and "\ufffd" not in text:  # a server returns others as errors
                yield Flip(table, column, key, bit, "?::text", (text,))
