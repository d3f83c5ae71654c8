"""Invariants after any fault: nothing is lost, nothing ends twice, no listing is damaged."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import orjson

from console.commands.demo import Settling
from console.fleet_table import fleet_state
from demo.local_fleet import LocalFleet
from model.job import Job
from monitoring.fleet import read_fleet
from shop_queue.keys import OUTCOMES, lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry

FINAL = frozenset({"relisted", "already_v2", "needs_input", "rejected", "failed", "gone", "planned"})
FINISH_SECONDS = 120.0
LEASE_SECONDS = 30.0


async def search_all(fleet: LocalFleet) -> None:
    shops = await ShopRegistry(fleet.redis).all()
    jobs = (Job(shop.shop_id, "search:all", "search") for shop in shops)
    await LaneProducer(fleet.redis).enqueue(EnqueueRequest(job) for job in jobs)


async def total(fleet: LocalFleet) -> dict[str, int]:
    counted: dict[str, int] = (await fleet_state(fleet.redis))["total"]
    return counted


async def until_moved(fleet: LocalFleet, products: int) -> None:
    """Waits until this number of edits has been accepted."""
    async with asyncio.timeout(FINISH_SECONDS):
        while (await total(fleet))["edited"] < products:
            await asyncio.sleep(0.02)


async def until_done(fleet: LocalFleet, seconds: float = FINISH_SECONDS) -> None:
    is_settled = Settling()
    async with asyncio.timeout(seconds):
        while not is_settled(await read_fleet(fleet.redis, LEASE_SECONDS), time.monotonic()):
            await asyncio.sleep(0.1)


async def ends(fleet: LocalFleet) -> dict[str, Counter[str]]:
    """Product -> count of each final outcome."""
    outcomes_of: dict[str, Counter[str]] = defaultdict(Counter)
    for _, fields in await fleet.redis.xrange(OUTCOMES):
        outcome = orjson.loads(fields[b"outcome"])
        if outcome["outcome"] in FINAL and outcome["product_id"]:
            outcomes_of[outcome["product_id"]][outcome["outcome"]] += 1
    return outcomes_of


async def history(fleet: LocalFleet, product_id: str) -> list[tuple[str, Any]]:
    """Entry id and outcome of everything published about a product."""
    entries = [
        (entry.decode(), orjson.loads(fields[b"outcome"])) for entry, fields in await fleet.redis.xrange(OUTCOMES)
    ]
    return [(entry, outcome) for entry, outcome in entries if outcome["product_id"] == product_id]


async def waiting_products(fleet: LocalFleet) -> set[str]:
    """Products that wait for the platform or the seller, or have done so.

    Their outcome is published after 5 s. After `until_done` only such products have a job,
    and it is delayed: a job in no list of its lane is lost.
    """
    outcomes = [orjson.loads(fields[b"outcome"]) for _, fields in await fleet.redis.xrange(OUTCOMES)]
    waiting = {each["product_id"] for each in outcomes if each["outcome"] == "waiting"}
    for shop in await ShopRegistry(fleet.redis).all():
        waiting |= {
            job.decode() for job in await fleet.redis.zrange(lane_keys(shop.shop_id).delayed, 0, -1) if job.isdigit()
        }
    return waiting


async def skipped_as_deleted(fleet: LocalFleet) -> int:
    """Products that the last search of each shop found deleted, and thus did not enqueue."""
    outcomes = [orjson.loads(fields[b"outcome"]) for _, fields in await fleet.redis.xrange(OUTCOMES)]
    searches = (each for each in outcomes if each["kind"] == "search" and each["outcome"] == "done")
    return sum({each["shop_id"]: int(each["counts"]["skipped_deleted"]) for each in searches}.values())


async def uncommitted_edits(fleet: LocalFleet, books: Mapping[str, Any]) -> int:
    """Number of accepted edits whose outcome was never committed, or was lost: these may be made again."""
    in_audit: Counter[str] = Counter()
    relisted: set[str] = set()
    for _, fields in await fleet.redis.xrange(OUTCOMES):
        outcome = orjson.loads(fields[b"outcome"])
        if not outcome["product_id"]:
            continue
        in_audit[outcome["product_id"]] += outcome["outcome"] == "in_audit"
        if outcome["outcome"] == "relisted":
            relisted.add(outcome["product_id"])
    # A draft is relisted without an audit.
    committed = sum(in_audit.values()) + sum(not in_audit[product] for product in relisted)
    return int(books["edits_accepted"]) - committed


async def assert_conserved(fleet: LocalFleet, most_redone: int, strangers: int = 0) -> dict[str, Any]:
    """Checks after all work: every product has one final outcome and nothing is damaged. Returns the ledger's totals.

    `most_redone`: number of jobs that may have been in flight in processes that died. If it is 0, every product that
    moved was edited once and reported as `relisted`. If a worker dies before it commits an edit, only the platform
    knows the edit, so the next run either repeats it or, if a webhook has since named the new leaf, reports
    `already_v2`. Both together are at most the number of uncommitted edits, which is at most the number of jobs in
    flight.

    `strangers`: number of fed products that no shop has.
    """
    await until_done(fleet)  # A product that waits for the platform is checked again now and then.
    books: dict[str, Any] = (await fleet.books())["total"]
    outcomes_of = await ends(fleet)
    several = {product: dict(counts) for product, counts in outcomes_of.items() if counts.total() != 1}
    assert not several, f"{len(several)} products have several outcomes: {await history(fleet, next(iter(several)))}"
    outcomes: Counter[str] = sum(outcomes_of.values(), Counter())
    deleted = await skipped_as_deleted(fleet)
    waiting = len(await waiting_products(fleet) - outcomes_of.keys())
    assert len(outcomes_of) + waiting == books["products"] - books["born_on_v2"] - deleted + strangers, (
        books,
        outcomes,
    )
    assert outcomes["gone"] == strangers, outcomes
    # If a product was edited twice, the first audit may have passed and the second failed: moved, but `rejected`.
    rejected = outcomes["rejected"] - books["moved_then_rejected"]
    assert books["still_on_v1"] == outcomes["needs_input"] + rejected + deleted + waiting, (books, outcomes)
    assert outcomes["failed"] == 0, outcomes
    moved = outcomes["relisted"] + outcomes["already_v2"] + books["moved_then_rejected"]
    assert books["moved"] == moved, (books, outcomes)
    # A review that waits for the seller has no end.
    assert (books["damaged"], books["in_audit"] - books["pre_approved"]) == (0, 0), books
    uncommitted = await uncommitted_edits(fleet, books)
    assert books["edited_more_than_once"] + outcomes["already_v2"] <= uncommitted, (books, outcomes, uncommitted)
    assert uncommitted <= most_redone, (books, outcomes, uncommitted)
    return books
