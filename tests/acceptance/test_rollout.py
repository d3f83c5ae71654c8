"""The rollout: nothing is stopped on a healthy platform, and an injected fault is named."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from demo.local_fleet import LocalFleet, running_fleet
from rollout.store import RolloutStore
from tests.support.command_here import fleet_command
from tests.support.conservation import search_all, until_done
from tests.support.fleet_here import fleet_here

WORLD = ("--shops", "2", "--products", "60", "--audit-seconds", "0.5", "1")
SHOP = "7494000000000000001"
STOP_SECONDS = 120.0


async def listing(fleet: LocalFleet) -> Any:
    ended = await fleet_command(fleet, "rollout", "list", "--json")
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


async def until_stopped(fleet: LocalFleet) -> list[Any]:
    """Waits for the first named cause and returns all of them."""
    async with asyncio.timeout(STOP_SECONDS):
        while not (found := [cause for cause in (await listing(fleet))["causes"] if not cause["under"]]):
            await asyncio.sleep(0.5)
    return found


@pytest.mark.slow
async def test_nothing_is_stopped_on_a_healthy_platform() -> None:
    settings = ("--set", "audit_reject_share=0")
    async with running_fleet(1, *WORLD, *settings, audit_poll_seconds="1", rollout="normal") as fleet:
        await search_all(fleet)
        await until_done(fleet)
        found = await listing(fleet)
        assert found["causes"] == []
        clean = [group.clean async for key, group in RolloutStore(fleet.redis).groups() if key.startswith("leaf/")]
        assert sum(clean) > 10, "the first edits of each leaf were read back"
        books = (await fleet.books())["total"]
        assert books["damaged"] == 0
        assert books["moved"] > 0
        undone = await fleet_command(fleet, "undo", "--shop", SHOP, "--yes", "--json")
        assert json.loads(undone.out)["enqueued"] > 0
        await until_done(fleet)
        assert (await listing(fleet))["causes"] == []


async def test_a_market_that_rejects_every_edit_is_named() -> None:
    settings = ("--set", "audit_reject_share=1")
    async with fleet_here(1, *WORLD, *settings, audit_poll_seconds="1", rollout="normal") as fleet:
        await search_all(fleet)
        causes = await until_stopped(fleet)
        assert {cause["by"] for cause in causes} == {"audits"}
        assert all("/US" in cause["key"] and cause["examples"] for cause in causes)
        shown = await fleet_command(fleet, "rollout", "list")
        assert causes[0]["key"].split("/")[0] in shown.out
