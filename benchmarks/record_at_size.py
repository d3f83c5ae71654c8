"""Measures the record at the size of a large fleet: one product's history, an undo, a report, and their memory.

python -m benchmarks.record_at_size            # 10,000,000 edits; undo and report of 100,000 products (10 minutes)
python -m benchmarks.record_at_size --quick    # 20,000 edits; 2,000 products
"""

from __future__ import annotations

import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.record import NOON, edited, simulated
from benchmarks.result import Result, Target, command
from benchmarks.server import Server
from record.codec import checksum, packed_about, packed_edit
from record.entry import NewEdit, NewEvent, StoredEdit
from record.group import WriteGroup
from record.opening import open_record
from record.scope import Scope
from record.sqlite.connection import FILE_NAME
from record.sqlite.writing import INSERT_EDIT
from record.state import Run, StateChange

EDITS, QUICK_EDITS = 10_000_000, 20_000
PRODUCTS, QUICK_PRODUCTS = 100_000, 2_000
EDITS_OF_A_PRODUCT = 4
SHOPS = 50
LOOK_UPS = 300
AT_ONCE = 500

MEASURED = """
import atexit, sys
from console.main import main
atexit.register(lambda: sys.stderr.write(open("/proc/self/status").read()))
main()
"""
"""Runs a command and then writes its peak memory, as the kernel counts it since the program started."""


async def run(quick: bool) -> Result:
    count, products = (QUICK_EDITS, QUICK_PRODUCTS) if quick else (EDITS, PRODUCTS)
    with tempfile.TemporaryDirectory(prefix="relist-bench-") as place:
        directory = Path(place) / "history"
        built = time.perf_counter()
        await fill_history(directory, count)
        built = time.perf_counter() - built
        size = (directory / FILE_NAME).stat().st_size
        times = await look_ups(directory, count)
        run_directory = Path(place) / "run"
        await fill_run(run_directory, products)
        with Server() as server:
            idle = used_by(server, run_directory, "record", "size")
            report = ("report", "--run", "bench", "--output", str(Path(place) / "report"), "--format")
            reports = {form: used_by(server, run_directory, *report, form) for form in ("html", "csv", "json")}
            undo = used_by(server, run_directory, "undo", "--run", "bench", "--yes")
    percentile = statistics.quantiles(times, n=100)
    largest = max(each.mebibytes for each in reports.values())
    rows = [
        [
            f"history of a product among {count:,} edits",
            f"{percentile[49]:.1f} ms median, {percentile[94]:.1f} ms for 95 %",
            "",
        ],
        [
            f"relist undo of {products:,} products, until all are queued",
            f"{products / undo.seconds:,.0f} products/s",
            f"{undo.mebibytes:.0f} MiB",
        ],
        *(
            [
                f"relist report on {products:,} products as {form}",
                f"{products / each.seconds:,.0f} products/s",
                f"{each.mebibytes:.0f} MiB",
            ]
            for form, each in reports.items()
        ),
        ["relist record size", "", f"{idle.mebibytes:.0f} MiB"],
    ]
    return Result(
        "The record at size",
        f"SQLite. The history: {count:,} edits of {count // EDITS_OF_A_PRODUCT:,} products in {SHOPS} shops, inserted "
        f"in {built:.0f} s ({size / 1024**3:.1f} GiB), then {LOOK_UPS} products at random, each by a reader that has "
        "just opened the file. Undo and reports: edits of simulated products with their events, each by its "
        "command in a process, whose start is included.",
        ["", "speed", "peak memory"],
        rows,
        [
            Target(f"milliseconds for a product's history among {count:,} edits (95 %)", percentile[94], at_most=50),
            Target(
                f"MiB above `relist record size` to undo {products:,} products",
                undo.mebibytes - idle.mebibytes,
                at_most=64,
            ),
            Target(
                f"MiB above `relist record size` to report {products:,} products", largest - idle.mebibytes, at_most=64
            ),
        ],
        {
            "look_up_ms": percentile,
            "undo": [undo.seconds, undo.mebibytes],
            **{form: [each.seconds, each.mebibytes] for form, each in reports.items()},
        },
    )


async def fill_history(directory: Path, count: int) -> None:
    """Inserts real entries, without the group commit, and builds the indexes afterwards."""
    record = open_record("", directory)
    await record.upgrade()
    await record.close()
    content = packed_edit(NewEdit(NOON, "1", "1", "relist", "r", "own_leaf", {"category_id": "853000"}))
    content.compress()
    with closing(sqlite3.connect(directory / FILE_NAME, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'edits' AND sql IS NOT NULL"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        connection.execute("BEGIN")
        connection.executemany(INSERT_EDIT, _history_rows(count, content.content))
        connection.execute(
            "INSERT INTO products (shop_id, product_id, state, at, reason, run_id, checksum, edits) "
            "SELECT shop_id, product_id, 'relisted', min(at), '', '', x'00', count(*) FROM edits "
            "GROUP BY shop_id, product_id"
        )
        for _, sql in indexes:
            connection.execute(sql)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _history_rows(count: int, content: bytes) -> Iterator[tuple[Any, ...]]:
    at = int(NOON.timestamp() * 1e6)
    products = count // EDITS_OF_A_PRODUCT
    for number in range(1, count + 1):
        shop, product = place_of(number % products)
        run = f"run-{number * EDITS_OF_A_PRODUCT // count}"
        head = (number, at + number * 1000, shop, product, run, "relist", f"own_leaf@{number % 997}")
        yield (*head, content, checksum("edit", head, content))


def place_of(index: int) -> tuple[str, str]:
    """Shop and product, in an order unlike that of the index."""
    return f"749400000000000{index % SHOPS:04}", f"1729{index * 7_919_999 % 10**15:015}"


async def look_ups(directory: Path, count: int) -> list[float]:
    """Milliseconds of each look-up, which reads the entries, their events and the product's state."""
    chosen, products, times = random.Random(16), count // EDITS_OF_A_PRODUCT, list[float]()
    for _ in range(LOOK_UPS):
        record = open_record("", directory)
        await record.product("0", "0")  # opens the file
        shop, product = place_of(chosen.randrange(products))
        began = time.perf_counter()
        found = [entry async for entry in record.edits(Scope(shop, product, newest_first=True))]
        await record.product(shop, product)
        times.append((time.perf_counter() - began) * 1e3)
        if sum(isinstance(entry, StoredEdit) for entry in found) != EDITS_OF_A_PRODUCT:
            raise AssertionError(f"{shop} {product}: {found}")
        await record.close()
    return times


async def fill_run(directory: Path, products: int) -> None:
    """A run that has moved these products, written in groups as workers do."""
    record = open_record("", directory)
    await record.upgrade()
    await record.begin_run(Run("bench", NOON, "relist"))
    some = simulated(min(products, 1_000))
    for first in range(0, products, AT_ONCE):
        group = WriteGroup()
        for number in range(first, min(first + AT_ONCE, products)):
            model = some[number % len(some)]
            before = {**(model.before or {}), "id": f"1729{number:015}"}
            body = {**edited(before), "category_id": "853000", "category_version": "v2"}
            at = NOON + timedelta(milliseconds=number)
            shop = f"749400000000000{number % SHOPS:04}"
            index = group.add_edit(
                NewEdit(at, shop, before["id"], "relist", "bench", "own_leaf", body, before, "own_leaf@1")
            )
            answered, ended = NewEvent(0, at, "answered"), NewEvent(0, at, "audit_ended")
            group.add_event_of(index, answered, packed_about({"outcome": "in_audit"}))
            group.add_event_of(index, ended, packed_about({"outcome": "relisted"}))
            group.add_state(StateChange(at, shop, before["id"], "relisted", "", "bench"))
        await record.database.write(group)
    await record.close()


@dataclass(frozen=True, slots=True)
class Used:
    seconds: float
    mebibytes: float
    """Peak resident memory of the process."""


def used_by(server: Server, directory: Path, *arguments: str) -> Used:
    """Runs a `relist` command until it exits. Raises CalledProcessError."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RELIST_")}
    settings = {
        "RELIST_REDIS_URL": server.url,
        "RELIST_JOURNAL_DIR": str(directory),
        **{f"RELIST_{name}": "benchmark-only-key" for name in ("APP_KEY", "APP_SECRET", "TOKEN_KEY")},
    }
    began = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, "-c", MEASURED, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**clean, **settings},
        check=True,
        text=True,
    )
    kibibytes = ended.stderr.rpartition("VmHWM:")[2].split()[0]
    return Used(time.perf_counter() - began, int(kibibytes) / 1024)


if __name__ == "__main__":
    command("record_at_size", run)
