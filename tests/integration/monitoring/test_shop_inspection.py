"""The gateway's inspection finds the causes of relist doctor, for the metrics and the web UI."""

from __future__ import annotations

import asyncio

import pytest

from demo.local_fleet import APP_KEY, APP_SECRET
from monitoring import shop_inspection
from monitoring.shop_inspection import ShopInspections, ShopProblem, dated, merged, problem_families, read_problems
from shop_queue.inspection_request import REPEATED
from tests.support.command_here import fleet_command
from tests.support.fleet_here import FleetHere
from tests.support.simulator_waiting import until
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher


async def test_inspection_counts_shops_by_cause_and_the_page_names_them() -> None:
    async with FleetHere(("--shops", "3", "--products", "3")) as fleet:
        shops = await fleet.add_shops()
        await fleet.fault(shop_id=shops[1], inactive="shop")
        cipher = TokenCipher(fleet.environment["RELIST_TOKEN_KEY"])
        platform = fleet.platform.address
        async with Transport(platform, platform, APP_KEY, APP_SECRET) as transport:
            await ShopInspections(fleet.redis, cipher, transport).inspect()
        found = {each.cause: each for each in await read_problems(fleet.redis)}
        assert found.keys() == {"inactive_shop", "webhooks"}
        assert found["inactive_shop"].shops == (shops[1],)
        family, beginnings = await problem_families(fleet.redis)
        samples = {each.labels["cause"]: (each.value, each.labels["examples"]) for each in family.samples}
        assert samples == {"inactive_shop": (1, shops[1]), "webhooks": (2, f"{shops[0]}, {shops[2]}")}
        assert {each.labels["cause"] for each in beginnings.samples} == {"inactive_shop", "webhooks"}
        async with fleet.http.get(f"http://127.0.0.1:{fleet.gateway.address}/") as page:
            text = await page.text()
        assert "the shop or its seller is inactive" in text
        async with Transport(platform, platform, APP_KEY, "wrong") as transport:
            await ShopInspections(fleet.redis, cipher, transport).inspect()
        (only,) = await read_problems(fleet.redis)
        assert (only.cause, only.count) == ("app_secret", 3)


async def test_a_solved_problem_is_forgotten_by_asking_only_about_its_shops() -> None:
    async with FleetHere(("--shops", "3", "--products", "3")) as fleet:
        shops = await fleet.add_shops()
        cipher, platform = TokenCipher(fleet.environment["RELIST_TOKEN_KEY"]), fleet.platform.address
        async with Transport(platform, platform, APP_KEY, APP_SECRET) as transport:
            inspections = ShopInspections(fleet.redis, cipher, transport)
            await inspections.inspect_again()
            assert await read_problems(fleet.redis) == [], "nothing is known yet"
            for shop_id in shops[:2]:
                await fleet.fault(shop_id=shop_id, inactive="shop")
            await inspections.inspect()
            await fleet.fault(shop_id=shops[0], inactive="")
            await fleet.fault(shop_id=shops[2], inactive="shop")
            await inspections.inspect_again()
            found = {each.cause: each for each in await read_problems(fleet.redis)}
            assert found["inactive_shop"].shops == (shops[1],), "the third shop is asked within the hour"
            assert set(found["webhooks"].shops) == {shops[0], shops[2]}


async def test_resumed_shops_are_inspected_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop_inspection, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(shop_inspection, "POLL_SECONDS", 0.01)
    async with FleetHere(("--shops", "1", "--products", "1")) as fleet:
        (shop,) = await fleet.add_shops()
        cipher, platform = TokenCipher(fleet.environment["RELIST_TOKEN_KEY"]), fleet.platform.address

        async def problems(*expected: str) -> bool:
            return {each.cause for each in await read_problems(fleet.redis) if not each.is_warning} == set(expected)

        async with Transport(platform, platform, APP_KEY, APP_SECRET) as transport, asyncio.TaskGroup() as tasks:
            inspections = ShopInspections(fleet.redis, cipher, transport)
            await fleet.fault(shop_id=shop, inactive="shop")
            await inspections.inspect()
            await fleet.redis.set(shop_inspection.LOCK, 1)
            await fleet.redis.set(REPEATED, 1)
            running = tasks.create_task(inspections.run())
            await fleet.fault(shop_id=shop, inactive="")
            assert await problems("inactive_shop"), "nobody has asked for a new inspection"
            assert (await fleet_command(fleet, "shops", "resume", "--all")).code == 0
            await until(lambda: problems())
            running.cancel()


def test_merged_problems_keep_shops_that_were_not_asked() -> None:
    def problem(cause: str, *shops: str, count: int = 0, is_warning: bool = False) -> ShopProblem:
        return ShopProblem(cause, f"what of {cause}", "fix", count or len(shops), shops, is_warning)

    before = [problem("a", "1", "2"), problem("w", "1", "9", count=12, is_warning=True)]
    assert merged(before, [problem("b", "1")], {"1", "2"}) == [
        problem("b", "1"),
        problem("w", "9", count=11, is_warning=True),
    ]
    assert merged(before, [], set()) == before


def test_a_problem_began_when_its_cause_was_first_found() -> None:
    def problem(cause: str, what: str, since: float = 0.0) -> ShopProblem:
        return ShopProblem(cause, what, "fix", 1, ("1",), False, since)

    before = [problem("a", "old", 100.0), problem("kept by an older release", "x"), problem("solved", "y", 50.0)]
    found = [problem("a", "in other words"), problem("kept by an older release", "x"), problem("b", "z")]
    assert [each.since for each in dated(before, found, 200.0)] == [100.0, 200.0, 200.0]
