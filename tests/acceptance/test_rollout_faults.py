"""Planted faults on real processes: each is stopped at its cause, named, and undone by one command."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from demo.local_fleet import LocalFleet, running_fleet
from model.job import Job
from shop_queue.keys import OUTCOMES
from shop_queue.producer import EnqueueRequest, LaneProducer
from simulator.settings import make_options
from simulator.world import World
from tests.support.conservation import FINAL, search_all, until_done

SHOPS, PRODUCTS = 2, 3_200
SIZE = ("--shops", str(SHOPS), "--products", str(PRODUCTS), "--audit-seconds", "0.5", "1")
OLD, WRONG = "600063", "600190"
"""A category of many products, and a leaf that takes their attributes."""
STOP_SECONDS = 120.0


async def rollout(fleet: LocalFleet, *arguments: str) -> Any:
    ended = await fleet.command("rollout", *arguments, "--json")
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


async def the_cause(fleet: LocalFleet) -> Any:
    """The one cause that is named, once there is one."""
    async with asyncio.timeout(STOP_SECONDS):
        while not (found := [each for each in (await rollout(fleet, "list"))["causes"] if not each["under"]]):
            await asyncio.sleep(0.5)
    assert len(found) == 1
    return found[0]


def products_of(category: str) -> list[tuple[str, str]]:
    """Shop and product ids of the products on sale that are under this category."""
    world = World(make_options(seed=1, shops=SHOPS, products=PRODUCTS))
    listed = [(shop.shop_id, world.peek(shop, index)) for shop in world.shops for index in range(shop.products)]
    return [
        (shop_id, product["id"])
        for shop_id, product in listed
        if product["category_chains"][-1]["id"] == category and product["status"] == "ACTIVATE"
    ]


async def categories(fleet: LocalFleet, products: list[tuple[str, str]]) -> dict[str, int]:
    """Leaf -> how many of the products are live there."""
    counted: dict[str, int] = {}
    for shop_id, product_id in products:
        address = f"{fleet.platform.address}/simulator/shops/{shop_id}/products/{product_id}"
        async with fleet.http.get(address) as answer:
            leaf = (await answer.json())["category_chains"][-1]["id"]
            counted[leaf] = counted.get(leaf, 0) + 1
    return counted


async def ends_of_undo(fleet: LocalFleet) -> dict[str, str]:
    """Product -> the last outcome of its undo, once it is final."""
    published = [orjson.loads(fields[b"outcome"]) for _, fields in await fleet.redis.xrange(OUTCOMES)]
    undone = [each for each in published if each["run_id"].startswith("undo-")]
    return {each["product_id"]: each["outcome"] for each in undone if each["outcome"] in FINAL}


@pytest.mark.slow
async def test_a_wrong_mapping_row_is_stopped_named_and_undone(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.csv"
    mapping.write_text(f"shop,from,to\n*,{OLD},{WRONG}\n")
    products = products_of(OLD)
    settings = {"audit_poll_seconds": "1", "mapping_file": str(mapping)}
    async with running_fleet(1, *SIZE, "--set", "audit_reject_share=0", **settings) as fleet:
        await fleet.fault(rejected_from=OLD, rejected_share=0.6)
        jobs = [EnqueueRequest(Job(shop_id, product_id, "relist", run_id="move")) for shop_id, product_id in products]
        await LaneProducer(fleet.redis).enqueue(jobs)
        cause = await the_cause(fleet)
        assert cause["key"].startswith(f"decision/US/mapping/{OLD}>{WRONG}/")
        assert cause["by"] == "audits"
        assert len(cause["examples"]) == 3
        await until_done(fleet)
        books = (await fleet.books())["total"]
        moved = (await categories(fleet, products)).get(WRONG, 0)
        assert books["edits_accepted"] <= 25
        assert 0 < moved <= 15
        await fleet.fault(rejected_from="")
        undone = await rollout(fleet, "undo", cause["key"])
        assert undone["enqueued"] == moved
        async with asyncio.timeout(STOP_SECONDS):
            while len(ended := await ends_of_undo(fleet)) < moved:
                await asyncio.sleep(0.5)
        assert set(ended.values()) <= {"relisted", "needs_input"}
        # The platform refuses to take a product back whose old leaf now requires more than the product has.
        refused = [each for each, outcome in ended.items() if outcome == "needs_input"]
        assert len(refused) < moved / 2
        assert (await categories(fleet, products)).get(WRONG, 0) == len(refused)


@pytest.mark.slow
async def test_a_field_that_half_of_all_leaves_lose_is_stopped_named_and_put_back() -> None:
    async with running_fleet(1, *SIZE[:2], "--products", "600", *SIZE[4:], "--set", "audit_reject_share=0") as fleet:
        await fleet.fault(cleared_field="description", cleared_in="half")
        await search_all(fleet)
        cause = await the_cause(fleet)
        async with asyncio.timeout(STOP_SECONDS):
            while cause["key"] != "field/description":
                cause = await the_cause(fleet)
        assert cause["by"] == "read-back"
        assert all("description" in example for example in cause["examples"])
        await until_done(fleet)
        damaged = (await fleet.books())["total"]["damaged"]
        assert 0 < damaged <= 15
        await fleet.fault(cleared_field="")
        assert (await rollout(fleet, "undo", cause["key"]))["enqueued"] >= damaged
        async with asyncio.timeout(STOP_SECONDS):
            while (await fleet.books())["total"]["damaged"]:
                await asyncio.sleep(0.5)
