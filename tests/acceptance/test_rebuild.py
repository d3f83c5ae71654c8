"""Redis is emptied while a fleet works: no process is ready until the record has rebuilt it, and nothing is lost."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import pytest

from demo.local_fleet import LocalFleet, running_fleet
from shop_queue.blocked_products import blocked_of_shops
from shop_queue.shop_registry import ShopRegistry
from tests.support.conservation import search_all, total, until_done, until_moved

FINAL_STATES = ("relisted", "already_v2", "needs_input", "rejected", "failed", "gone")


async def ready(fleet: LocalFleet, address: str) -> int:
    async with fleet.http.get(f"http://127.0.0.1:{address}/readyz") as answer:
        return answer.status


async def until_not_ready(fleet: LocalFleet) -> None:
    addresses = [fleet.gateway.address, *(worker.address for worker in fleet.workers)]
    async with asyncio.timeout(30):
        while {await ready(fleet, address) for address in addresses} != {503}:
            await asyncio.sleep(0.1)


async def products_in_the_record(fleet: LocalFleet) -> Counter[str]:
    """Products by state, as a report of each shop counts them."""
    states: Counter[str] = Counter()
    for shop in await ShopRegistry(fleet.redis).all():
        report = await fleet.command("report", "--shop", shop.shop_id, "--format", "json")
        assert report.code == 0, report.err
        states.update(each["state"] for each in json.loads(report.out)["products"])
    return states


@pytest.mark.slow
async def test_record_rebuilds_an_emptied_redis() -> None:
    size = ("--shops", "2", "--products", "200", "--audit-seconds", "1", "2")
    async with running_fleet(2, *size, audit_poll_seconds="1") as fleet:
        await search_all(fleet)
        await until_moved(fleet, 60)
        shops = await ShopRegistry(fleet.redis).all()
        await fleet.redis.flushall()
        await until_not_ready(fleet)
        edits = (await fleet.books())["total"]["edits_accepted"]
        refused = await fleet.command("worker")
        assert refused.code != 0
        assert "relist record rebuild" in refused.err

        rebuilt = await fleet.command("record", "rebuild", "--json")
        assert rebuilt.code == 0, rebuilt.err
        report = json.loads(rebuilt.out)
        assert report["shops"] == len(shops)
        assert await ShopRegistry(fleet.redis).all() == shops
        again = await fleet.command("record", "rebuild")
        assert again.code == 1
        assert "not emptied" in again.err
        restored = await total(fleet)
        assert restored["known"] == sum(report["states"].values())
        assert restored["in_audit"] == report["audits"]
        assert restored["relisted"] == report["states"].get("relisted", 0)
        assert (await fleet.books())["total"]["edits_accepted"] == edits, "emptied, nothing is edited"

        for worker in fleet.workers:
            await worker.kill()
        fleet.workers.clear()
        await fleet.gateway.kill()
        fleet.gateway = await fleet.start("gateway", "--announce")
        await fleet.start_worker()
        await search_all(fleet)
        await until_done(fleet)
        books, ended = (await fleet.books())["total"], await total(fleet)
        assert books["damaged"] == 0
        assert books["in_audit"] == 0
        blocked = [
            each async for batch, _, _ in blocked_of_shops(fleet.redis, [s.shop_id for s in shops]) for each in batch
        ]
        assert ended["needs_input"] + ended["rejected"] + ended["failed"] == len(blocked)
        assert ended["relisted"] + ended["already_v2"] >= books["moved"], "every product that moved is known as such"
        reported = await products_in_the_record(fleet)
        # Products that wait run now and then.
        assert set(reported) <= {*FINAL_STATES, "waiting", "running"}
        assert {state: reported[state] for state in FINAL_STATES} == {state: ended[state] for state in FINAL_STATES}
