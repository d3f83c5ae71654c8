"""The token key is rotated while the fleet works and refreshes tokens (docs/how-to/rotate-token-key.md)."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from demo.local_fleet import LocalFleet
from shop_queue.shop_registry import ShopRegistry
from tests.support.conservation import assert_conserved, search_all, total, until_done, until_moved
from tests.support.survived import Survived

SETTINGS = {"lease_seconds": "2", "max_jobs": "20", "audit_poll_seconds": "2", "default_rate": "5", "max_rate": "10"}
NEW = "the key that comes after the first"


async def restart(fleet: LocalFleet, token_key: str, other: str) -> None:
    """Replaces every process, one after the other, with one that has these keys, started before the old one stops."""
    fleet.environment |= {"RELIST_TOKEN_KEY": token_key, "RELIST_TOKEN_KEY_OTHER": other}
    before, fleet.workers[:] = list(fleet.workers), []
    for worker in before:
        await fleet.start_worker()
        await worker.end()


async def parked(fleet: LocalFleet) -> list[str]:
    ended = await fleet.command("shops", "list", "--json")
    return [row["reason"] for row in orjson.loads(ended.out) if row["state"] != "active"]


@pytest.mark.slow
async def test_token_key_is_rotated_under_load(survived: Survived) -> None:
    async with LocalFleet(("--shops", "3", "--products", "600"), SETTINGS) as fleet:
        await fleet.add_shops()
        accounts = {shop.account for shop in await ShopRegistry(fleet.redis).all()}
        old = fleet.environment["RELIST_TOKEN_KEY"]
        await asyncio.gather(fleet.start_worker(), fleet.start_worker())
        await search_all(fleet)
        await until_moved(fleet, 10)
        await restart(fleet, old, NEW)
        await restart(fleet, NEW, old)
        assert (await fleet.command("tokens", "rotate", "--check")).code == 1
        moved_before = (await total(fleet))["edited"]
        rotated = await fleet.command("tokens", "rotate", "--json")
        assert rotated.code == 0, rotated.err
        done = orjson.loads(rotated.out)
        assert done["resealed"] + done["already"] == len(accounts)
        assert done["unreadable"] == 0
        await restart(fleet, NEW, "")
        assert (await fleet.command("tokens", "rotate", "--check")).code == 0
        assert await parked(fleet) == []
        assert (await total(fleet))["jobs"] > 0, "the fleet must be working until the end"
        await until_done(fleet)
        await assert_conserved(fleet, 0)
        fleet.environment |= {"RELIST_TOKEN_KEY": old}
        with_the_old_key = await fleet.command("tokens", "rotate", "--json")
        assert orjson.loads(with_the_old_key.out)["unreadable"] == len(accounts)
        survived(
            "the token key is rotated while everything runs",
            promise="no shop is parked, nothing is lost or edited twice; the old key decrypts nothing afterwards",
            accounts=len(accounts),
            edited_before_rotation=moved_before,
            rolling_restarts=3,
        )
