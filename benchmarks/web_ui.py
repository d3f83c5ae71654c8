"""CPU time of every view of the web UI with 200 shops, 200,000 products and 20,000 open questions.

The client runs in the same process, so its CPU time counts as well. Reading the fleet in the background is measured
separately; pages do not wait for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import redis.asyncio
from aiohttp import ClientSession, CookieJar

from benchmarks.result import Result, Target, command
from benchmarks.server import Server
from config.markets import load_markets
from model.product_state import STATES
from model.shop import Shop
from record.codec import state_row
from record.entry import NewEdit, NewEvent
from record.opening import open_record
from record.record import Record
from record.sqlite.connection import FILE_NAME
from record.sqlite.state_writing import put_states
from record.sqlite.writing import JOIN_RUN, PUT_NAME
from record.state import Run, StateChange
from shop_queue.keys import lane_keys
from shop_queue.shop_registry import ShopRegistry
from tests.support.blocked_records import MATERIAL, with_proposal
from tests.support.blocked_records import record as blocked_record
from tests.support.web_ui_here import OPEN, web_ui_server
from web_ui.question_index import QuestionIndex

MAX_MILLISECONDS = 200.0
REPEATS = 5
AT = datetime(2026, 11, 24, 5, tzinfo=UTC)
FIRST_SHOP, FIRST_PRODUCT = 7494000000000000001, 1729000000000000001


async def run(quick: bool) -> Result:
    shops, products, questions = (20, 2_000, 400) if quick else (200, 200_000, 20_000)
    with Server() as server, tempfile.TemporaryDirectory() as directory:
        client = redis.asyncio.from_url(server.url)
        record = open_record("", Path(directory))
        await _fill(client, record, Path(directory), shops, products, questions)
        began = time.process_time()
        index = QuestionIndex(client)
        found = await index.refresh([str(FIRST_SHOP + place) for place in range(shops)])
        first = time.process_time() - began
        began = time.process_time()
        await index.refresh([str(FIRST_SHOP + place) for place in range(shops)])
        again = time.process_time() - began
        key = found.ranked[0].stats.question.key
        async with web_ui_server(client, OPEN, record, markets=load_markets()) as address:
            figures = await _measured(address, key, str(FIRST_SHOP), str(FIRST_PRODUCT))
        await record.close()
        await client.aclose()
    slowest = max(cpu for cpu, _ in figures.values())
    return Result(
        "Web UI",
        f"{shops} shops, {products:,} products in the record, {questions:,} open questions. The best of {REPEATS}"
        " requests each, with the client in the same process. The wall time includes waiting for Redis and the record.",
        ["view", "CPU ms", "wall ms"],
        [[path.replace(key, "KEY"), f"{cpu:.0f}", f"{wall:.0f}"] for path, (cpu, wall) in figures.items()],
        [Target("CPU of the slowest view, ms", slowest, at_most=MAX_MILLISECONDS)],
        {"views": figures, "first_reading_s": first, "later_reading_s": again},
        [f"Reading all questions: {first:.1f} s of CPU once after a start, then {again:.2f} s, in the background."],
    )


async def _measured(address: str, key: str, shop: str, product: str) -> dict[str, tuple[float, float]]:
    views = (
        *("/", "/shops", "/shops?sort=risk&region=US&page=2", f"/shops/{shop}", "/products", "/products?page=2"),
        *(
            "/products?q=linen+shirt+1999",
            "/products?q=no+such+words",
            "/products?q=sku-1234",
            f"/products?q={product}",
        ),
        *("/products?run=sweep", "/products?run=sweep&q=no+such+words", "/products?run=sweep&state=rejected"),
        *(f"/products?shop={shop}&q=no+such+words", "/activity?find=no+such"),
        *("/products?state=rejected", "/products?state=rejected&q=no+such+words", "/products?reason=12052104"),
        *(f"/shops/{shop}/products/{product}", "/questions", "/questions?find=no+such", "/questions?page=500"),
        *("/questions/products", f"/questions/products?shop={shop}", "/questions/shops", f"/questions/{key}"),
        *("/runs", "/runs/sweep", "/rollout", "/plans", "/reports", "/activity", "/worklist"),
    )
    figures: dict[str, tuple[float, float]] = {}
    async with ClientSession(address, cookie_jar=CookieJar(unsafe=True)) as session:
        for path in ("/", "/questions"):
            for _ in range(60):
                async with session.get(path) as answer:
                    if "Counting …" not in await answer.text():
                        break
                await asyncio.sleep(0.5)
        for path in views:
            best = (float("inf"), float("inf"))
            for _ in range(REPEATS):
                wall, cpu = time.perf_counter(), time.process_time()
                async with session.get(path) as answer:
                    await answer.read()
                    assert answer.status == 200, (path, answer.status)
                took = ((time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000)
                best = min(best, took)
            figures[path] = best
    return figures


async def _fill(
    client: redis.asyncio.Redis, record: Record, directory: Path, shops: int, products: int, questions: int
) -> None:
    await record.upgrade()
    registry, pipe = ShopRegistry(client), client.pipeline(transaction=False)
    regions = ("US", "GB", "MX", "ID", "DE")
    for place in range(shops):
        shop_id = str(FIRST_SHOP + place)
        await registry.add(Shop(shop_id, "cipher", regions[place % 5], shop_id, f"Shop {place}"))
        counts = {state: products // shops // len(STATES) for state in STATES}
        pipe.hset(lane_keys(shop_id).states, mapping=counts)
    for number in range(questions):
        shop_id, product_id = str(FIRST_SHOP + number % shops), str(FIRST_PRODUCT + number)
        # A third of the products share a question with many others, the rest have separate ones.
        attribute = str(100_000 + (number % 50 if number % 3 == 0 else number))
        reason = {**MATERIAL, "attribute_id": attribute, "form": {"name": f"Attribute {attribute}"}}
        reason = with_proposal(reason, 0.97) if number % 2 else reason
        pipe.hset(lane_keys(shop_id).blocked, product_id, orjson.dumps(blocked_record(reason)).decode())
        if number % 1000 == 999:
            await pipe.execute()
    await pipe.execute()
    with contextlib.closing(sqlite3.connect(directory / FILE_NAME)) as store, store:
        rows = sorted(_states(shops, products))
        for first in range(0, products, 5_000):
            put_states(store, rows[first : first + 5_000])
        store.executemany(PUT_NAME, _names(shops, products))
        store.executemany(JOIN_RUN, (("sweep", row[0], row[1]) for row in _names(shops, products)))
    await record.begin_run(Run("sweep", AT, "relist", "all products"))
    for number in range(300):
        await record.begin_run(Run(f"run-{number}", AT, "relist"))
    before = {"title": "Linen shirt", "description": "x" * 5000, "skus": [{"seller_sku": "A"}] * 20}
    for _ in range(5):
        edit = NewEdit(AT, str(FIRST_SHOP), str(FIRST_PRODUCT), "relist", "sweep", "mapping", dict(before), before)
        number = await record.append(edit)
        await record.append_event(NewEvent(number, AT, "answered", {"outcome": "in_audit"}))


def _names(shops: int, products: int) -> Iterator[tuple[str, str, str, str]]:
    for number in range(products):
        title = f"Linen shirt {number} with buttons and a pocket"
        words = f"{title.casefold()}\nsku-{number}"
        yield str(FIRST_SHOP + number % shops), str(FIRST_PRODUCT + number), title, words


def _states(shops: int, products: int) -> Iterator[tuple[Any, ...]]:
    for number in range(products):
        state = STATES[number % len(STATES)]
        reason = "Material is required in this category." if state == "needs_input" else ""
        shop_id, product_id = str(FIRST_SHOP + number % shops), str(FIRST_PRODUCT + number)
        yield state_row(StateChange(AT, shop_id, product_id, state, reason, "sweep"))


if __name__ == "__main__":
    command("web_ui", run)
