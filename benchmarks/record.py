"""Compares the record with the journal files it replaced: CPU and bytes per edit, speed, look-ups, damaged bits.

python -m benchmarks.record            # 10,000 edits each, a table of 300,000, 400 flips
python -m benchmarks.record --quick    # 1,000 edits each, a table of 10,000, 60 flips
"""

from __future__ import annotations

import asyncio
import gc
import gzip
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from benchmarks.record_floor import FloorRecord
from benchmarks.result import Result, Target, command
from record.entry import BadEntry, NewEdit, NewEvent, StoredEdit
from record.group import WriteGroup
from record.opening import open_record
from record.record import Record
from record.retention import Usage
from record.scope import Scope
from record.sqlite.connection import FILE_NAME
from record.state import StateChange
from simulator.options import SimulatorOptions
from simulator.world import World

EDITS, QUICK_EDITS = 10_000, 1_000
TABLE, QUICK_TABLE = 300_000, 10_000
FLIPS, QUICK_FLIPS = 400, 60
AT_ONCE = 100
"""Number of jobs that write concurrently."""
ROUNDS = 3
LOOK_UPS = 200
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
JOURNAL, FLOOR, SMALL, LARGE = "gzip journal", "SQLite, rows only", "small", "large"
IMAGES = "https://p16-oec-va.ibyteimg.com/tos-maliva-i-o3syd03w52-us"
Write = Callable[[NewEdit], Awaitable[None]]


class GzipJournal:
    """The journal format until version 0.2: groups of JSON lines as gzip members, with one fsync per group."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "journal.jsonl.gz"
        self._waiting: list[tuple[bytes, asyncio.Future[None] | None]] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(self, edit: NewEdit) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = {
            "at": edit.at.isoformat(),
            "shop_id": edit.shop_id,
            "product_id": edit.product_id,
            "external_id": edit.external_id,
            "kind": edit.kind,
            "run_id": edit.run_id,
            "trace_id": edit.trace_id,
            "attempt": edit.attempt,
            "rule": edit.rule,
            "evidence": edit.evidence,
            "before": edit.before,
            "edit": edit.edit,
        }
        self._append(entry, done)
        await done
        names = ("at", "shop_id", "product_id", "kind", "run_id")
        self._append({**{name: entry[name] for name in names}, "result": "in_audit", "request_id": "2026"}, None)

    def _append(self, entry: dict[str, Any], done: asyncio.Future[None] | None) -> None:
        self._waiting.append((orjson.dumps(entry), done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_groups())

    async def _write_groups(self) -> None:
        while self._waiting:
            await asyncio.sleep(0.01)
            group, self._waiting = self._waiting, []
            await asyncio.to_thread(self._write, b"".join(line + b"\n" for line, _ in group))
            for _, done in group:
                if done is not None:
                    done.set_result(None)

    def _write(self, lines: bytes) -> None:
        with open(self._path, "ab") as file:
            file.write(gzip.compress(lines, compresslevel=1))
            file.flush()
            os.fsync(file.fileno())

    async def close(self) -> None:
        if self._writing is not None:
            await self._writing


@dataclass(frozen=True, slots=True)
class Cost:
    micros: float
    """CPU µs of this process per edit; the database server is not included."""
    bytes: float
    per_second: float


async def run(quick: bool) -> Result:
    count, table, flips = (QUICK_EDITS, QUICK_TABLE, QUICK_FLIPS) if quick else (EDITS, TABLE, FLIPS)
    small = simulated(count)
    sizes = {SMALL: small, LARGE: [with_media(edit, number) for number, edit in enumerate(small)]}
    gc.collect()
    gc.freeze()  # a worker never holds all edits; otherwise garbage collection of the input would count as cost
    costs: dict[tuple[str, str], list[Cost]] = defaultdict(list)
    server = postgres_server()
    with tempfile.TemporaryDirectory(prefix="relist-bench-") as place:
        for each in range(ROUNDS):
            for size, edits in sizes.items():
                directory = Path(place) / f"{each}-{size}"
                (directory / "old").mkdir(parents=True)
                costs[JOURNAL, size].append(await of_the_journal(directory / "old", edits))
                costs[FLOOR, size].append(await of_the_floor(directory / "floor", edits))
                costs["SQLite", size].append(await of_a_record(open_record("", directory / "sqlite"), edits))
                if server is not None:
                    record = open_record(server.database(), directory)
                    costs["PostgreSQL", size].append(await of_a_record(record, edits))
        look_up, entries = await look_ups(Path(place) / "large", small, table)
        found, lost = await flipped(Path(place) / "flipped", small[:20], flips)
    if server is not None:
        server.stop()
    best = {key: min(rounds, key=lambda cost: cost.micros) for key, rounds in costs.items()}
    rows = [
        [
            name,
            size,
            f"{cost.micros:.0f}",
            f"{cost.micros / best[JOURNAL, size].micros:.2f}",
            f"{cost.bytes:,.0f}",
            f"{max(each.per_second for each in costs[name, size]):,.0f}",
        ]
        for (name, size), cost in best.items()
    ]
    bars = [
        Target(
            f"CPU per edit relative to the journal: {name}{'' if name == 'SQLite' else ' without the server'}, {size}",
            cost.micros / best[JOURNAL, size].micros,
            at_most=1.2 if name == "SQLite" else 2,
        )
        for (name, size), cost in best.items()
        if name not in (JOURNAL, FLOOR)
    ]
    bars += [
        Target(f"milliseconds to read a product's history among {entries:,} edits, slowest of 20", look_up, at_most=50),
        Target(f"entries changed or lost undetected by {flips} flipped bits in a small record", lost, at_most=0),
    ]
    return Result(
        "The record",
        f"{count:,} edits of simulated products with their responses, {AT_ONCE} at a time, each durable before the "
        f"next; best of {ROUNDS} rounds. Small products have {kilobytes(small)} kB of JSON in before-image and edit; "
        f"large ones {kilobytes(sizes[LARGE])} kB, with a longer description and seven images with their addresses. "
        "The gzip journal had no states, counters or index, and did not wait for the response to be durable. "
        "The second row is the least that a record in SQLite can do: a row per edit and one per response, in the same "
        "group commit, without an index, a state or a counter.",
        ["", "products", "CPU µs/edit", "relative to the journal", "bytes/edit", "edits/s"],
        rows,
        bars,
        {
            f"{name}, {size}": [[cost.micros, cost.bytes, cost.per_second] for cost in rounds]
            for (name, size), rounds in costs.items()
        },
        [f"Of {flips} flipped bits, {found} hit bytes in use and were detected.", *without(server)],
    )


def kilobytes(edits: Sequence[NewEdit]) -> int:
    some = edits[:100]
    return round(sum(len(orjson.dumps([edit.before, edit.edit])) for edit in some) / len(some) / 1000)


def with_media(edit: NewEdit, number: int) -> NewEdit:
    """The same product with texts and images of realistic length."""
    chosen = random.Random(number)
    words = ("".join(chosen.choices("etaoinshrdlu", k=chosen.randrange(2, 11))) for _ in range(300))
    images = [
        {
            "uri": f"tos-maliva-i-{chosen.getrandbits(128):032x}",
            "height": 1200,
            "width": 1200,
            "urls": [
                f"{IMAGES}/{chosen.getrandbits(128):032x}~tplv-origin-jpeg.jpeg?from=1432613627" for _ in range(2)
            ],
            "thumb_urls": [f"{IMAGES}/{chosen.getrandbits(128):032x}~tplv-resize-jpeg:300:300.jpeg?from=1432613627"],
        }
        for _ in range(7)
    ]
    description = f"<p>{' '.join(words)}</p>"
    before = {**(edit.before or {}), "description": description, "main_images": images}
    body = {**edit.edit, "description": description, "main_images": [{"uri": each["uri"]} for each in images]}
    return replace(edit, before=before, edit=body)


def without(server: Any) -> list[str]:
    return [] if server is not None else ["PostgreSQL is not installed; run .ci/packages as root."]


def simulated(count: int) -> list[NewEdit]:
    world = World(SimulatorOptions(seed=16, shops=10, products=count))
    edits: list[NewEdit] = []
    for shop in world.shops:
        for index in range(shop.products):
            before = world.peek(shop, index)
            edit = NewEdit(
                NOON + timedelta(milliseconds=len(edits)),
                shop.shop_id,
                str(before["id"]),
                "relist",
                "bench",
                "own_leaf",
                {**edited(before), "category_id": "853000", "category_version": "v2"},
                before,
                "own_leaf@1",
                {"leaf": "853000"},
            )
            edits.append(edit)
    return edits


def edited(product: dict[str, Any]) -> dict[str, Any]:
    """A body about as large as one built by a merge."""
    names = ("title", "description", "main_images", "package_weight", "package_dimensions", "product_attributes")
    body = {name: product[name] for name in names if name in product}
    body["main_images"] = [{"uri": image.get("uri")} for image in body.get("main_images") or ()]
    left_out = {"price", "inventory", "status_info"}
    skus = product.get("skus") or ()
    body["skus"] = [{name: value for name, value in sku.items() if name not in left_out} for sku in skus]
    return body


async def of_the_journal(directory: Path, edits: Sequence[NewEdit]) -> Cost:
    journal = GzipJournal(directory)
    micros, seconds = await measured(journal.write, edits)
    await journal.close()
    return Cost(micros, (directory / "journal.jsonl.gz").stat().st_size / len(edits), len(edits) / seconds)


async def of_the_floor(directory: Path, edits: Sequence[NewEdit]) -> Cost:
    record = FloorRecord(directory)
    micros, seconds = await measured(record.write, edits)
    await record.close()  # which merges the log into the file
    return Cost(micros, (directory / FILE_NAME).stat().st_size / len(edits), len(edits) / seconds)


async def of_a_record(record: Record, edits: Sequence[NewEdit]) -> Cost:
    await record.upgrade()

    async def write(edit: NewEdit) -> None:
        number = await record.append(edit)
        event = NewEvent(number, edit.at, "answered", {"request_id": "2026", "outcome": "in_audit"})
        await record.append_event(
            event, StateChange(edit.at, edit.shop_id, edit.product_id, "in_audit", "", edit.run_id)
        )

    micros, seconds = await measured(write, edits)
    usage: Usage = await record.usage()
    await record.close()
    return Cost(micros, usage.space.used / len(edits), len(edits) / seconds)


async def measured(write: Write, edits: Sequence[NewEdit]) -> tuple[float, float]:
    """Returns CPU microseconds per edit and the total seconds."""
    waiting = iter(edits)

    async def work() -> None:
        for edit in waiting:
            await write(edit)

    cpu, began = time.process_time(), time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return (time.process_time() - cpu) / len(edits) * 1e6, time.perf_counter() - began


async def look_ups(directory: Path, edits: Sequence[NewEdit], table: int) -> tuple[float, int]:
    """Returns the slowest median look-up in milliseconds. Medians leave out the delays of a busy machine."""
    record = open_record("", directory)
    await record.upgrade()
    chosen, small = random.Random(16), edits[0]
    group, number = WriteGroup(), 0
    for number in range(table):
        product = f"1729{number % (table // 3):015}"
        group.add_edit(
            NewEdit(small.at, f"749400000000000{number % 50:04}", product, "relist", "bench", "own_leaf", {})
        )
        if len(group.edits) == 2_000:
            await record.database.write(group)
            group = WriteGroup()
    await record.database.write(group)
    times = []
    for _ in range(LOOK_UPS):
        number = chosen.randrange(table)
        began = time.perf_counter()
        scope = Scope(f"749400000000000{number % 50:04}", f"1729{number % (table // 3):015}")
        async for _ in record.edits(scope):
            pass
        times.append((time.perf_counter() - began) * 1e3)
    await record.close()
    return statistics.quantiles(times, n=20)[-1], table


async def flipped(directory: Path, edits: Sequence[NewEdit], flips: int) -> tuple[int, int]:
    """Returns how many flips were detected, and how many changed or hid an entry undetected."""
    record = open_record("", directory)
    for edit in edits:
        await record.append(edit)
    whole = {entry.id: entry async for entry in record.edits(Scope()) if isinstance(entry, StoredEdit)}
    await record.close()
    file = directory / FILE_NAME
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    data, chosen = file.read_bytes(), random.Random(16)
    noticed = unnoticed = 0
    for _ in range(flips):
        byte, bit = chosen.randrange(len(data)), chosen.randrange(8)
        file.write_bytes(data[:byte] + bytes([data[byte] ^ (1 << bit)]) + data[byte + 1 :])
        record = open_record("", directory)
        found = [entry async for entry in record.edits(Scope(run_id="bench"))]
        await record.close()
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        bad = [entry for entry in found if isinstance(entry, BadEntry)]
        good = {entry.id: entry for entry in found if isinstance(entry, StoredEdit)}
        noticed += bool(bad)
        unnoticed += any(entry != whole[number] for number, entry in good.items())
        unnoticed += len(good) < len(whole) - 1 or (len(good) < len(whole) and not bad)
    return noticed, unnoticed


def postgres_server() -> Any:
    """A PostgreSQL server started by the tests' support code, or None where PostgreSQL is not installed."""
    from tests.support.postgres_server import PostgresServer, postgres_programs

    if postgres_programs() is None:
        return None
    server = PostgresServer(durable=True)
    server.start()
    return server


if __name__ == "__main__":
    command("record", run)
