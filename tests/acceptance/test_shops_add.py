"""`relist shops add` takes the platform's token response and checks the shop with the platform."""

from __future__ import annotations

import json
from typing import Any

from demo.local_fleet import CommandResult, LocalFleet
from shop_queue.shop_registry import ShopRegistry
from tests.support.command_here import fleet_command
from tests.support.fleet_here import FleetHere
from tests.support.seller import simulated_shops


def token_response(shop: dict[str, Any]) -> str:
    """The platform's response to a token request, with its envelope."""
    data = {
        "access_token": shop["access_token"],
        "access_token_expire_in": shop["access_expires"],
        "refresh_token": shop["refresh_token"],
        "refresh_token_expire_in": shop["refresh_expires"],
        "seller_base_region": shop["region"],
    }
    return json.dumps({"code": 0, "message": "success", "data": data, "request_id": "r"})


async def add(fleet: LocalFleet, shop_id: str, piped: str, *options: str) -> CommandResult:
    return await fleet_command(fleet, "shops", "add", "--shop-id", shop_id, *options, standard_input=piped)


async def test_shop_is_checked_with_the_platform() -> None:
    async with FleetHere(("--shops", "2", "--products", "2")) as fleet:
        first, second = await simulated_shops(fleet)
        added = await add(fleet, first["shop_id"], token_response(first))
        assert added.code == 0, added.err
        (shop,) = await ShopRegistry(fleet.redis).all()
        assert (shop.cipher, shop.region) == (first["cipher"], first["region"])
        assert shop.name

        swapped = ("--cipher", first["cipher"], "--region", first["region"])
        refused = await add(fleet, second["shop_id"], token_response(first), *swapped)
        assert refused.code == 1
        assert f"do not cover shop {second['shop_id']}" in refused.err
        wrong_region = await add(fleet, first["shop_id"], token_response(first), "--region", "INDONESIA")
        assert "two letters" in wrong_region.err
        assert [each.shop_id for each in await ShopRegistry(fleet.redis).all()] == [first["shop_id"]]

        offline = await add(fleet, second["shop_id"], token_response(first), *swapped, "--offline")
        assert offline.code == 0, offline.err
