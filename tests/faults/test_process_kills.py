"""Workers and the gateway are killed twenty times at random moments, and a worker is suspended."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Mapping
from random import Random

import orjson
import pytest

from demo.local_fleet import LocalFleet
from shop_queue.intake_stream import GROUP
from shop_queue.keys import INTAKE
from shop_queue.lane_stats import LaneStats
from simulator.products import product_id
from tests.support.conservation import ends, search_all, until_done, until_moved, waiting_products
from tests.support.fault_fleets import (
    at_work,
    eventually,
    fault_fleet,
    holders,
    lanes,
    seconds_until_each_moves,
    shops_of,
    until_searched,
)
from tests.support.repeated_edits import assert_redone
from tests.support.request_watch import RequestWatch
from tests.support.survived import Survived
from tests.support.suspension import resume, suspend

LEASE = 2.0
PROMISE = LEASE + 1.0
MARGIN = 2.0
"""Extra seconds for a busy machine."""
IN_FLIGHT = 20
SHOPS, PRODUCTS = 4, 1600
SIZE = ("--shops", str(SHOPS), "--products", str(PRODUCTS))
SETTINGS = {"lease_seconds": f"{LEASE:g}", "max_jobs": str(IN_FLIGHT), "audit_poll_seconds": "3", "max_rate": "8"}
KILLS = 20
SEED = 6


@pytest.mark.slow
async def test_twenty_kills_of_one_of_two_workers(survived: Survived) -> None:
    random = Random(SEED)
    took: list[float] = []
    in_flight = 0
    async with at_work(fault_fleet(SIZE, SETTINGS)) as fleet:
        await search_all(fleet)
        await until_searched(fleet)
        await until_moved(fleet, 10)
        for _ in range(KILLS):
            await asyncio.sleep(random.uniform(0, 0.7))
            victim = fleet.workers.pop(random.randrange(2))
            shops = await shops_of(fleet, victim)
            await victim.kill()
            before = await lanes(fleet, shops) if shops else {}
            in_flight += most_running(before)
            seconds, _ = await asyncio.gather(
                seconds_until_each_moves(fleet, before, PROMISE + MARGIN), fleet.start_worker()
            )
            took += seconds
        await until_done(fleet)
        redone = await assert_redone(fleet, in_flight)
    survived(
        f"SIGKILL of one of two workers, {KILLS} times",
        promise=f"resumes within lease + 1 s ({PROMISE:g} s); only in-flight products edited twice",
        shops_taken_over=len(took),
        median_seconds=statistics.median(took),
        longest_seconds=max(took),
        in_flight_at_the_kills=in_flight,
        **redone.figures(),
    )


def most_running(lanes_left: Mapping[str, LaneStats], workers: int = 1) -> int:
    """Upper bound of the jobs that dead workers left in flight, including claimed jobs that had not started."""
    return min(workers * IN_FLIGHT, sum(lane.in_flight for lane in lanes_left.values()))


@pytest.mark.slow
async def test_twenty_kills_of_everything_while_feeding(survived: Survived) -> None:
    random = Random(SEED)
    took: list[float] = []
    in_flight = 0
    async with at_work(fault_fleet(SIZE, SETTINGS)) as fleet:
        shops = sorted(await lanes(fleet))
        entries = [
            orjson.dumps({"shop_id": shop, "product_id": product_id(number, index)})
            for number, shop in enumerate(shops)
            for index in range(PRODUCTS // SHOPS)
        ]
        random.shuffle(entries)
        port = fleet.gateway.address
        await _feed(fleet, entries[:40])
        await until_moved(fleet, 10)
        share, unacknowledged = (len(entries) - 40) // KILLS, 0
        for number in range(KILLS):
            start = 40 + number * share
            await _feed(fleet, entries[start : start + share if number < KILLS - 1 else len(entries)])
            await asyncio.sleep(random.uniform(0, 0.7))
            await asyncio.gather(*(part.kill() for part in (*fleet.workers, fleet.gateway)))
            fleet.workers.clear()
            # The next gateway reads these entries again, even if their jobs were enqueued.
            unacknowledged += (await fleet.redis.xpending(INTAKE, GROUP))["pending"]
            before = await lanes(fleet, shops)
            in_flight += most_running(before, 2)
            fleet.gateway, *_ = await asyncio.gather(
                fleet.start("gateway", "--announce", environment={"RELIST_GATEWAY_PORT": port}),
                fleet.start_worker(),
                fleet.start_worker(),
            )
            took += await seconds_until_each_moves(fleet, before, PROMISE + MARGIN)

        async def all_processed() -> bool:
            groups = await fleet.redis.xinfo_groups(INTAKE)
            return all(group["pending"] == 0 and not group["lag"] for group in groups)

        await eventually(all_processed, 60, "every entry is processed")
        await until_done(fleet)
        # An entry whose gateway died is not enqueued twice, because the gateway left a marker in the lane.
        redone = await assert_redone(fleet, in_flight)
        found = (await ends(fleet)).keys() | await waiting_products(fleet)
        assert found == {orjson.loads(entry)["product_id"] for entry in entries}
    survived(
        f"SIGKILL of all workers and of the gateway together, {KILLS} times, while jobs are fed",
        promise=f"resumes within lease + 1 s ({PROMISE:g} s) of a worker's start; every accepted entry is done",
        entries_fed=len(entries),
        shops_taken_over=len(took),
        median_seconds=statistics.median(took),
        longest_seconds=max(took),
        in_flight_at_the_kills=in_flight,
        entries_the_gateway_died_with=unacknowledged,
        **redone.figures(),
    )


async def _feed(fleet: LocalFleet, entries: list[bytes]) -> None:
    for entry in entries:
        await fleet.redis.xadd(INTAKE, {"job": entry})


@pytest.mark.slow
async def test_suspended_worker_sends_at_most_one_request_per_shop(survived: Survived) -> None:
    async with fault_fleet(SIZE, SETTINGS) as fleet, RequestWatch(fleet.platform.address) as watch:
        await fleet.add_shops()
        sleeper = await fleet.start_worker(environment={"RELIST_API_URL": watch.address})
        await search_all(fleet)
        await until_searched(fleet)
        await until_moved(fleet, 40)
        other = await fleet.start_worker()
        await suspend(fleet, sleeper)

        async def all_taken_over() -> bool:
            return len(await shops_of(fleet, other)) == SHOPS

        taken_over = await eventually(all_taken_over, LEASE + 10, "the other worker has all shops")
        before = await holders(fleet)
        watch.requests.clear()
        resume(sleeper)
        await asyncio.sleep(1.0)
        sent = watch.by_shop()
        after = await holders(fleet)
        kept = [shop for shop, lease in before.items() if after.get(shop) == lease]
        ciphers = await watch.ciphers(fleet)
        doubled = {shop: sent[ciphers[shop]] for shop in kept}
        assert len(kept) >= SHOPS // 2
        assert max(doubled.values()) <= 1, doubled
        await until_done(fleet)
        redone = await assert_redone(fleet, IN_FLIGHT)
    survived(
        "SIGSTOP of a worker past its lease, then SIGCONT",
        promise="late commits are fenced; at most one request per shop besides those of its new holder",
        taken_over_seconds=taken_over,
        late_requests_of_a_shop=max(doubled.values()),
        **redone.figures(),
    )
