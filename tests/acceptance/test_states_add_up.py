"""In the middle of a busy run every surface shows the same number of products in each state, and the numbers add up."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from demo.local_fleet import LocalFleet, running_fleet
from model.job import Job
from model.product_state import FOR_MACHINES, FOR_PEOPLE, STATES
from record.opening import open_record
from shop_queue.blocked_products import blocked_of_shops
from shop_queue.keys import OUTCOMES, lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry
from tests.support.conservation import search_all, total, until_done, until_moved
from tests.support.suspension import resume, suspend

MADE_UP = [f"99990000000000000{number:02}" for number in range(20)]
NO_PRODUCT = ("search:", "list:", "upgrade", "canary")


@asynccontextmanager
async def frozen(fleet: LocalFleet) -> AsyncIterator[None]:
    """The workers are suspended with jobs in flight, so that each interface can be read in turn."""
    await suspend(fleet, *fleet.workers)
    try:
        yield
    finally:
        resume(*fleet.workers)


async def output(fleet: LocalFleet, *command: str) -> Any:
    ended = await fleet.command(*command)
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


async def metrics(fleet: LocalFleet, since: float) -> dict[str, Any]:
    """The gateway's series, collected after `since` (Unix seconds)."""
    async with asyncio.timeout(60):
        while True:
            async with fleet.http.get(f"http://127.0.0.1:{fleet.gateway.address}/metrics") as answer:
                families = list(text_string_to_metric_families(await answer.text()))
            samples = [sample for family in families for sample in family.samples]
            collected = [each.value for each in samples if each.name == "relist_fleet_collected_timestamp_seconds"]
            if collected and collected[0] > since:
                break
            await asyncio.sleep(0.2)
    products: Counter[str] = Counter()
    for each in samples:
        if each.name == "relist_products":
            products[each.labels["state"]] += int(each.value)
    sums = {
        name: int(sum(each.value for each in samples if each.name == name))
        for name in ("relist_products_remaining", "relist_products_for_people", "relist_products_done")
    }
    return {"states": dict(products), **sums}


async def known_by_evidence(fleet: LocalFleet) -> tuple[set[str], dict[str, str]]:
    """Products that have a real job or a published end, and the last end of those without a job."""
    live, known, last = set[str](), set[str](), dict[str, str]()
    shops = {shop.shop_id for shop in await ShopRegistry(fleet.redis).all()}
    for shop_id in shops:
        for name, payload in (await fleet.redis.hgetall(lane_keys(shop_id).jobs)).items():
            job_id = name.decode()
            if not job_id.startswith(NO_PRODUCT) and not orjson.loads(payload).get("d"):
                live.add(job_id.rpartition(":")[2])
    for _, fields in await fleet.redis.xrange(OUTCOMES):
        outcome = orjson.loads(fields[b"outcome"])
        if outcome["shop_id"] not in shops:
            continue
        if outcome["product_id"] and outcome["trace_id"] != "dry" and outcome["outcome"] in STATES:
            known.add(outcome["product_id"])
            last[outcome["product_id"]] = outcome["outcome"]
    return known | live, {product: end for product, end in last.items() if product not in live}


async def assert_all_agree(fleet: LocalFleet) -> dict[str, int]:
    since = (await fleet.redis.time())[0] + 1
    status, shops, forecast, doctor, measured = await asyncio.gather(
        output(fleet, "status", "--json"),
        output(fleet, "shops", "list", "--json"),
        output(fleet, "forecast", "--json"),
        output(fleet, "doctor", "--offline", "--json"),
        metrics(fleet, since),
    )
    async with fleet.http.get(f"http://127.0.0.1:{fleet.gateway.address}/") as answer:
        page = (await answer.text()).replace(",", "")
    states = {state: status["total"][state] for state in STATES}
    known, left = sum(states.values()), status["left"]
    evidence, ends = await known_by_evidence(fleet)
    assert known == status["total"]["known"] == len(evidence)
    assert {state: states[state] for state in STATES if state not in FOR_MACHINES} == {
        state: Counter(ends.values())[state] for state in STATES if state not in FOR_MACHINES
    }
    assert {state: sum(shop[state] for shop in shops) for state in STATES} == states
    assert [shop["known"] for shop in shops] == [sum(shop[state] for state in STATES) for shop in shops]
    assert (sum(row["known"] for row in forecast), sum(row["left"] for row in forecast)) == (known, left)
    assert measured["states"] == states
    assert measured["relist_products_remaining"] + measured["relist_products_for_people"] == left
    assert measured["relist_products_done"] == states["relisted"] + states["already_v2"]
    (found,) = (each["found"] for each in doctor if each["what"] == "products")
    assert found.replace(",", "").startswith(f"{known} known: ")
    shown = {state: re.search(rf"<b>(\d+)</b> {label}", page) for state, label in PAGE_LABELS.items()}
    assert {state: int(match[1]) for state, match in shown.items() if match} == states
    assert f"{known} products known {left} left on v1." in page
    return states


PAGE_LABELS = {state: state.replace("_", " ") for state in STATES} | {
    "waiting": "waiting for the platform",
    "already_v2": "already on v2",
    "gone": "deleted",
}


@pytest.mark.slow
async def test_all_surfaces_agree_in_the_middle_of_a_busy_run() -> None:
    size = ("--shops", "3", "--products", "300", "--audit-seconds", "1", "2")
    async with running_fleet(2, *size, audit_poll_seconds="1") as fleet:
        lanes = LaneProducer(fleet.redis)
        await search_all(fleet)
        await until_moved(fleet, 60)
        async with frozen(fleet):
            first = await assert_all_agree(fleet)
        assert first["in_audit"] + first["queued"] + first["running"] > 0, "the run was busy"
        await until_done(fleet)

        # Answers, refeeds, undos, dry runs and made-up products, all at once.
        shops = [shop.shop_id for shop in await ShopRegistry(fleet.redis).all()]
        blocked = [each async for batch, _, _ in blocked_of_shops(fleet.redis, shops) for each in batch]
        _, ends = await known_by_evidence(fleet)
        moved = [product for product, end in ends.items() if end == "relisted"]
        owner = {
            orjson.loads(fields[b"outcome"])["product_id"]: orjson.loads(fields[b"outcome"])["shop_id"]
            for _, fields in await fleet.redis.xrange(OUTCOMES)
        }
        before = await total(fleet)
        answers = [Job(each.shop_id, each.product_id, category_id="600001") for each in blocked[:10]]
        refed = [Job(owner[product], product) for product in moved[:20]]
        dry = [Job(owner[product], product, dry_run=True, trace_id="dry") for product in moved[20:40]]
        strangers = [Job(shops[0], product) for product in MADE_UP]
        dry_strangers = [Job(shops[0], f"8{product[1:]}", dry_run=True, trace_id="dry") for product in MADE_UP]
        jobs = [*answers, *refed, *dry, *strangers, *dry_strangers]
        await lanes.enqueue(EnqueueRequest(job) for job in jobs)
        for product in moved[40:45]:
            undone = await fleet.command("undo", "--shop", owner[product], "--product", product, "--yes")
            assert undone.code == 0, undone.err
        async with frozen(fleet):
            await assert_all_agree(fleet)
        await until_done(fleet)
        async with frozen(fleet):
            last = await assert_all_agree(fleet)
        assert not any(last[state] for state in ("queued", "running", "in_audit"))
        assert last["gone"] == before["gone"] + len(MADE_UP)
        on_v1 = sum(last[state] for state in (*FOR_MACHINES, *FOR_PEOPLE))
        assert (await total(fleet))["left"] <= on_v1, (
            "made-up products do not count as progress, and nothing else is left"
        )


async def search_for(fleet: LocalFleet, run_id: str, shop_ids: Iterable[str]) -> None:
    jobs = (Job(shop_id, f"search:{run_id}", "search", run_id=run_id) for shop_id in shop_ids)
    await LaneProducer(fleet.redis).enqueue(EnqueueRequest(job) for job in jobs)


async def states_in_record(fleet: LocalFleet, shop_id: str = "") -> dict[str, int]:
    record = open_record("", Path(fleet.environment["RELIST_JOURNAL_DIR"]))
    try:
        return dict(await record.counts(shop_id=shop_id))
    finally:
        await record.close()


@pytest.mark.slow
async def test_all_surfaces_agree_while_runs_overlap_are_cancelled_held_and_erased() -> None:
    """Two runs of the same shops, one cancelled while the other works under a careful rollout; then the seller deletes
    products, what waits and what was cancelled is fed again, and one shop is erased in the middle of a run."""
    size = ("--shops", "3", "--products", "240", "--audit-seconds", "1", "2")
    async with running_fleet(2, *size, audit_poll_seconds="1", rollout="careful") as fleet:
        lanes = LaneProducer(fleet.redis)
        shops = [shop.shop_id for shop in await ShopRegistry(fleet.redis).all()]
        await search_for(fleet, "spring", shops)
        await until_moved(fleet, 15)
        await search_for(fleet, "summer", shops)
        async with frozen(fleet):
            await assert_all_agree(fleet)
        cancelled = await fleet.command("cancel", "--run", "spring", "--json")
        assert cancelled.code == 0, cancelled.err
        async with frozen(fleet):
            await assert_all_agree(fleet)
        await until_done(fleet)
        async with frozen(fleet):
            quiet = await assert_all_agree(fleet)
        assert quiet["failed"] > 0, "the cancelled products"

        _, ends = await known_by_evidence(fleet)
        owner = {
            orjson.loads(fields[b"outcome"])["product_id"]: orjson.loads(fields[b"outcome"])["shop_id"]
            for _, fields in await fleet.redis.xrange(OUTCOMES)
        }
        again = [product for product, end in ends.items() if end in ("failed", "waiting", "needs_input")]
        deleted = [product for product, end in ends.items() if end == "relisted"][:8]
        for product in deleted:
            change = {"shop_id": owner[product], "kind": "delete", "product_id": product}
            async with fleet.http.post(f"{fleet.platform.address}/simulator/seller-changes", json=change) as answer:
                answer.raise_for_status()
        jobs = [Job(owner[product], product, run_id="again") for product in (*again, *deleted)]
        await lanes.enqueue(EnqueueRequest(job) for job in jobs)
        async with frozen(fleet):
            await assert_all_agree(fleet)
        await until_done(fleet)
        async with frozen(fleet):
            last = await assert_all_agree(fleet)
        assert last["gone"] >= quiet["gone"] + len(deleted)

        await search_for(fleet, "third", shops)
        ended = await fleet.command("cancel", "--shop", shops[0], "--yes")
        assert ended.code == 0, ended.err
        erased = await fleet.command("shops", "remove", shops[0], "--erase", "--yes")
        assert erased.code == 0, erased.err
        async with frozen(fleet):
            await assert_all_agree(fleet)
        await until_done(fleet)
        async with frozen(fleet):
            await assert_all_agree(fleet)
        assert not any((await states_in_record(fleet, shops[0])).values())
