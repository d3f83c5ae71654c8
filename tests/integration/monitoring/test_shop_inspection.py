"""The gateway's inspection finds the causes of relist doctor, for the metrics and the web UI."""

from __future__ import annotations

from demo.local_fleet import APP_KEY, APP_SECRET
from monitoring.shop_inspection import ShopInspections, problem_families, read_problems
from tests.support.fleet_here import FleetHere
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
        (family,) = await problem_families(fleet.redis)
        assert {each.labels["cause"]: each.value for each in family.samples} == {"inactive_shop": 1, "webhooks": 2}
        async with fleet.http.get(f"http://127.0.0.1:{fleet.gateway.address}/") as page:
            text = await page.text()
        assert "the shop or its seller is inactive" in text
        async with Transport(platform, platform, APP_KEY, "wrong") as transport:
            await ShopInspections(fleet.redis, cipher, transport).inspect()
        (only,) = await read_problems(fleet.redis)
        assert (only.cause, only.count) == ("app_secret", 3)
