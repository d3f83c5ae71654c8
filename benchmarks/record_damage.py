"""Flips every bit in use of a small record, one at a time, and reads it back.

In SQLite these are the bits of the file. In PostgreSQL they are the bits of every stored value, as a server without
data checksums would return them; with checksums it refuses the page (tests/integration/record/test_postgres_damage.py).

python -m benchmarks.record_damage               # every bit: about an hour of CPU
python -m benchmarks.record_damage --every 10    # every tenth bit, which is kept as well
python -m benchmarks.record_damage --quick       # every 400th bit
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.result import Result, Target, keep, show
from record.entry import BadEntry, NewEdit, NewEvent, StoredEdit
from record.opening import open_record
from record.record import Record
from record.scope import Scope
from record.sqlite.connection import FILE_NAME
from record.sqlite.file_format import PAGE_BYTES
from record.state import ProductState, Run, StateChange

NAME = "record_damage"
QUICK_STEP = 400
AT_ONCE = 500
EDITS = 4
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
SHOP = "7494000000000000001"
HEADER_BYTES = 100
TREE_PAGES, INNER_PAGES = (2, 5, 10, 13), (2, 5)
CHANGED, IN_SILENCE, SEVERAL = "an entry changed", "an entry lost in silence", "several entries lost"
BAD = (CHANGED, IN_SILENCE, SEVERAL)
Content = dict[int, StoredEdit]


async def run(step: int) -> Result:
    from benchmarks.record_damage_postgres import flipped  # imported here because it needs this module

    found, wrong, bits, pages = await of_sqlite(step)
    on_postgres = await flipped(step)
    if on_postgres is not None:
        found.update(on_postgres[0])
        wrong += on_postgres[1]
        bits += on_postgres[2]
    lost = {name: sum(count for word, count in found.items() if word.endswith(name)) for name in BAD}
    return Result(
        "Every flipped bit of a small record",
        f"{EDITS} edits with their events, states and a run; {'every bit' if step == 1 else f'every {step}th bit'} in "
        f"use: {bits:,}. SQLite: a file of {pages} pages. PostgreSQL: every value of every row. After each flip the "
        "run and each product are read, and if both look well, `relist record verify` runs.",
        ["", "bits"],
        [[what, f"{count:,}"] for what, count in sorted(found.items())],
        [
            Target("entries changed without a word", lost[CHANGED], at_most=0),
            Target("flips that lost an entry without a word", lost[IN_SILENCE], at_most=0),
            Target("flips that lost more than one entry", lost[SEVERAL], at_most=0),
        ],
        {"wrong": wrong[:100], "step": step},
        wrong[:20]
        if on_postgres is not None
        else [*wrong[:20], "PostgreSQL is not installed; run .ci/packages as root."],
    )


async def of_sqlite(step: int) -> tuple[Counter[str], list[str], int, int]:
    """Counts by word, the flips that went wrong, and the number of bits and pages."""
    with tempfile.TemporaryDirectory(prefix="relist-bench-") as place:
        directory = Path(place) / "whole"
        await fill(directory)
        data = (directory / FILE_NAME).read_bytes()
        bits = bits_in_use(data)[::step]
        found: Counter[str] = Counter()
        wrong: list[str] = []
        with ProcessPoolExecutor(os.cpu_count()) as processes:
            parts = [bits[first : first + AT_ONCE] for first in range(0, len(bits), AT_ONCE)]
            for counted, named in processes.map(flip, [str(directory)] * len(parts), parts):
                found.update({f"SQLite: {word}": count for word, count in counted.items()})
                wrong += named
    return found, wrong, len(bits), len(data) // PAGE_BYTES


async def fill(directory: Path) -> None:
    record = open_record("", directory)
    await fill_record(record)
    await record.close()
    with closing(sqlite3.connect(directory / FILE_NAME)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def fill_record(record: Record) -> None:
    await record.upgrade()
    await record.begin_run(Run("spring", NOON, "relist"))
    for each in range(EDITS):
        product = f"172900000000000000{each}"
        before = {"id": product, "title": f"Kettle {each}", "description": f"{each} boils water. " * 40}
        body = {"title": f"Kettle {each}", "category_id": "853000"}
        number = await record.append(NewEdit(NOON, SHOP, product, "relist", "spring", "own_leaf", body, before, "d@1"))
        await record.append_event(
            NewEvent(number, NOON, "answered", {"outcome": "in_audit"}),
            StateChange(NOON, SHOP, product, "in_audit", "", "spring"),
        )


def bits_in_use(data: bytes) -> list[int]:
    """All bits except those between a page's cell pointers and cells, which SQLite never reads."""
    bits = list[int]()
    for start in range(0, len(data), PAGE_BYTES):
        first = start + (HEADER_BYTES if start == 0 else 0)
        kind, cells = data[first], int.from_bytes(data[first + 3 : first + 5], "big")
        free = range(0)
        if kind in TREE_PAGES:
            pointers = first + (12 if kind in INNER_PAGES else 8) + 2 * cells
            free = range(pointers, start + (int.from_bytes(data[first + 5 : first + 7], "big") or 65536))
        bits += [byte * 8 + bit for byte in range(start, start + PAGE_BYTES) if byte not in free for bit in range(8)]
    return bits


def flip(whole: str, bits: Sequence[int]) -> tuple[Counter[str], list[str]]:
    return asyncio.run(_flip(Path(whole), bits))


async def _flip(whole: Path, bits: Sequence[int]) -> tuple[Counter[str], list[str]]:
    found, wrong = Counter[str](), list[str]()
    data = (whole / FILE_NAME).read_bytes()
    with tempfile.TemporaryDirectory(prefix="relist-bench-") as place:
        directory = Path(place) / "record"
        record = open_record("", _copy(data, directory, None))
        sound, _, _ = await content_of(record)
        await record.close()
        for bit in bits:
            record = open_record("", _copy(data, directory, bit))
            try:
                word = await judged(record, sound)
            finally:
                await record.close()
            found[word] += 1
            if word in BAD:
                wrong.append(
                    f"bit {bit % 8} of byte {bit // 8 % PAGE_BYTES} of page {bit // 8 // PAGE_BYTES + 1}: {word}"
                )
    return found, wrong


def _copy(data: bytes, directory: Path, bit: int | None) -> Path:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    damaged = bytearray(data)
    if bit is not None:
        damaged[bit // 8] ^= 1 << bit % 8
    (directory / FILE_NAME).write_bytes(damaged)
    return directory


async def content_of(record: Record) -> tuple[Content, list[BadEntry], dict[str, Any]]:
    """The entries of the run, the entries reported as bad in the run or a product, and each product's state."""
    entries: Content = {}
    bad, states = list[BadEntry](), dict[str, Any]()
    async for entry in record.edits(Scope(run_id="spring")):
        if isinstance(entry, StoredEdit):
            entries[entry.id] = entry
        else:
            bad.append(entry)
    for each in range(EDITS):
        product = f"172900000000000000{each}"
        state = await record.product(SHOP, product)
        states[product] = state.state if isinstance(state, ProductState) else None
        if isinstance(state, BadEntry):
            bad.append(state)
    return entries, bad, states


async def judged(record: Record, sound: Content) -> str:
    """One phrase for the effect of a flip."""
    entries, bad, _ = await content_of(record)
    if any((each.before, each.edit, each.at) != _facts(sound, number) for number, each in entries.items()):
        return CHANGED
    if len(entries) < len(sound) - 1:
        return SEVERAL
    if len(entries) < len(sound) and not bad:
        return IN_SILENCE
    if any(entries[number].events != sound[number].events for number in entries) and not bad:
        # Only the counter of events shows that one is gone.
        return IN_SILENCE if (await record.verify()).sound else "found by verify only: an event is missing"
    if len(entries) < len(sound):
        return "found: one entry is named and left out"
    if bad:
        return "found: every entry is read and the damage named"
    return "harmless" if (await record.verify()).sound else "found by verify only: every entry is read"


def _facts(sound: Content, number: int) -> tuple[Any, ...] | None:
    entry = sound.get(number)
    return (entry.before, entry.edit, entry.at) if entry is not None else None


def main() -> None:
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{NAME}")
    parser.add_argument("--quick", action="store_true", help=f"every {QUICK_STEP}th bit, which is not kept")
    parser.add_argument("--every", type=int, default=1, help="flip only every Nth bit")
    given = parser.parse_args()
    began = time.perf_counter()
    result = asyncio.run(run(QUICK_STEP if given.quick else given.every))
    show(result)
    keep(NAME, result, time.perf_counter() - began, quick=given.quick)


if __name__ == "__main__":
    main()
