"""Counts lost seller changes and damaged listings while the real service relists shops that keep changing.

Sellers change titles, prices and stock throughout, so that their reviews are in progress; the platform loses responses
to edits, drops webhooks and returns 429 with Retry-After; the record's disk stalls repeatedly. Each profile of the
simulator gets its own fleet of real processes. The simulator's ledger counts what was lost.

The exit code is 1 if a target is missed. A simulated shop allows about one product per second, so more products get
more shops: those of a shop end within three or four minutes. A profile that has not ended after two hours fails. Each
profile's figures are kept when it ends: `--profile` replaces those of its profile.

    python -m benchmarks.integrity_under_faults --quick                           # two profiles of 240 products
    python -m benchmarks.integrity_under_faults                                   # every profile, 100,000 edits in all
    python -m benchmarks.integrity_under_faults --profile mexico                  # one profile, its share of 100,000
    python -m benchmarks.integrity_under_faults --profile mexico --edits 6000     # the same, about 1,000 edits
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from benchmarks.result import RESULTS, Result, Target, keep, show
from console.commands.demo import is_finished
from demo.local_fleet import LocalFleet, running_fleet
from model.job import Job
from monitoring.fleet import read_fleet
from rollout.operations import RolloutOperations
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry

NAME = "integrity_under_faults"
PROFILES = ("demo", "general", "mexico", "indonesia", "united-states", "vietnam")
QUICK_PROFILES = ("demo", "mexico")
EDITS, QUICK_PRODUCTS = 100_000, 240
PRODUCTS_PER_EDIT = 1.6
"""Up to four in ten products need an answer first, or are no longer on sale."""
PRODUCTS_PER_SHOP, FEWEST_SHOPS, WORKERS = 220, 12, 2
STALL_SECONDS, STALL_PAUSE = 1.0, 3.0
SELLERS_PER_SHOP = 0.3
"""Changes by sellers per second and shop."""
FAULTS: dict[str, Any] = {
    "reset_share": 0.02, "only": ["edit_product"], "webhook_drop_share": 0.05, "tells_retry_after": True
}  # fmt: skip
"""One edit in fifty is executed, but its response is lost."""
ALLOWANCES = ("reads_per_second=6,14", "writes_per_second=3,7")
"""Below a worker's initial rate, so that it receives 429."""
COLUMNS = {
    "edits_accepted": "edits",
    "seller_changes": "changes by sellers",
    "seller_changes_lost": "lost",
    "seller_changes_unseen": "of these between read and edit",
    "damaged": "damaged",
    "damaged_unseen": "of these by such a change",
    "edit_answers_lost": "answers lost",
    "edited_more_than_once": "edited again",
    "throttled": "429",
    "stops": "false stops",
}
LONGEST_SECONDS = 7_200.0


def result_of(books: dict[str, dict[str, int]], named: Sequence[str]) -> Result:
    """`books`: profile -> totals of its ledger. `named` are the profiles that the result should have."""
    rows = [[profile, *(f"{total.get(name, 0):,}" for name in COLUMNS)] for profile, total in books.items()]
    lost = sum(each["seller_changes_lost"] - each["seller_changes_unseen"] for each in books.values())
    damaged = sum(each["damaged"] - each["damaged_unseen"] for each in books.values())
    return Result(
        "Integrity under faults",
        f"{WORKERS} workers on the simulated shops of each profile, with {PRODUCTS_PER_SHOP} products each. Sellers "
        "change products all the while, one edit in fifty loses its answer, one webhook in twenty is dropped, the "
        "shops answer 429 with Retry-After, and the record stalls for a second of every four.",
        ["profile", *COLUMNS.values()],
        rows,
        [
            Target("seller changes lost that the service could have seen", lost, at_most=0),
            Target("listings damaged, without these changes", damaged, at_most=0),
            Target("rollouts stopped by sellers' changes", sum(each["stops"] for each in books.values()), at_most=0),
            Target("edits of all profiles", sum(each["edits_accepted"] for each in books.values()), at_least=EDITS),
            Target(
                "profiles without an edit",
                sum(not books.get(each, {}).get("edits_accepted") for each in named),
                at_most=0,
            ),
        ],
        {"books": books},
    )


async def once(profile: str, products: int) -> dict[str, int]:
    """The totals of the simulator's ledger when the work is done."""
    shops = max(FEWEST_SHOPS, products // PRODUCTS_PER_SHOP)
    size = ("--profile", profile, "--shops", str(shops), "--products", str(products), "--audit-seconds", "0.5", "3")
    changes = f"seller_changes_per_second={SELLERS_PER_SHOP * shops}"
    settings = [each for name in (changes, *ALLOWANCES) for each in ("--set", name)]
    async with running_fleet(WORKERS, *size, *settings, audit_poll_seconds="10") as fleet:
        await fleet.fault(**FAULTS)
        registered = await ShopRegistry(fleet.redis).all()
        async with stalling_record(Path(fleet.environment["RELIST_JOURNAL_DIR"]) / "record.sqlite3"):
            await LaneProducer(fleet.redis).enqueue(
                EnqueueRequest(Job(shop.shop_id, "search:all", "search")) for shop in registered
            )
            await until_finished(fleet)
        causes = [each for each in await RolloutOperations(fleet.redis).causes() if each.by == "read-back"]
        totals = {name: int(value) for name, value in (await fleet.books())["total"].items() if name != "calls"}
        return {**totals, "stops": len(causes)}


async def until_finished(fleet: LocalFleet) -> None:
    async with asyncio.timeout(LONGEST_SECONDS):
        while not is_finished(await read_fleet(fleet.redis, 30.0)):
            await asyncio.sleep(0.5)


@contextlib.asynccontextmanager
async def stalling_record(file: Path) -> AsyncIterator[None]:
    """Holds the write lock of the record for a second of every four, like a disk that stalls."""

    async def stall() -> None:
        connection = sqlite3.connect(file, isolation_level=None, timeout=30.0, check_same_thread=False)
        try:
            while True:
                await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
                await asyncio.sleep(STALL_SECONDS)
                connection.execute("ROLLBACK")
                await asyncio.sleep(STALL_PAUSE)
        finally:
            connection.close()

    stalling = asyncio.create_task(stall())
    try:
        yield
    finally:
        stalling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await stalling


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="run a small version, which is not kept")
    parser.add_argument("--profile", action="append", choices=PROFILES, help="repeat for several; default: all")
    parser.add_argument("--edits", type=int, help=f"edits in all profiles together (default: {EDITS:,})")
    given = parser.parse_args()
    profiles = given.profile or (QUICK_PROFILES if given.quick else PROFILES)
    each = (given.edits or EDITS) / len(PROFILES)
    products = QUICK_PRODUCTS if given.quick else int(each * PRODUCTS_PER_EDIT)
    books, seconds = ({}, {}) if given.quick else kept()
    for profile in profiles:
        began = time.perf_counter()
        books[profile] = asyncio.run(once(profile, products))
        seconds[profile] = round(time.perf_counter() - began, 1)
        result = result_of({name: books[name] for name in PROFILES if name in books}, profiles)
        result.figures["seconds"] = seconds
        keep(NAME, result, sum(seconds.values()), quick=given.quick)
        print(f"{profile}: {books[profile]}", flush=True)
    show(result)
    return 0 if all(bar.reached for bar in result.bars) else 1


def kept() -> tuple[dict[str, dict[str, int]], dict[str, float]]:
    """Totals and seconds of the profiles that earlier runs have measured."""
    file = RESULTS / f"{NAME}.json"
    figures = orjson.loads(file.read_bytes())["figures"] if file.exists() else {}
    return figures.get("books", {}), figures.get("seconds", {})


if __name__ == "__main__":
    sys.exit(main())
