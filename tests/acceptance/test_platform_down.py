"""While the platform does not respond, every surface shows the cause and its start, and removes both afterwards."""

from __future__ import annotations

import json
from typing import Any

import pytest

from console.fleet_table import fleet_state
from tests.support.command_here import fleet_command
from tests.support.conservation import search_all, until_done
from tests.support.fleet_here import FleetHere
from tests.support.working_engine import until

pytestmark = pytest.mark.slow


async def doctor(fleet: FleetHere, *options: str) -> list[dict[str, Any]]:
    ended = await fleet_command(fleet, "doctor", "--json", *options)
    found: list[dict[str, Any]] = json.loads(ended.out)
    return found


async def page(fleet: FleetHere) -> str:
    async with fleet.http.get(f"http://127.0.0.1:{fleet.gateway.address}/") as answer:
        assert answer.status == 200
        return await answer.text()


async def test_an_outage_is_named_on_every_surface_until_it_ends() -> None:
    async with FleetHere(("--shops", "3", "--products", "30", "--unlimited")) as fleet:
        await fleet.add_shops()
        await fleet.start_worker()

        async def is_down() -> bool:
            return (await fleet_state(fleet.redis))["outage"] is not None

        async def is_up() -> bool:
            return not await is_down()

        await fleet.fault(outage=True)
        await search_all(fleet)
        await until(is_down, 60)
        outage = (await fleet_state(fleet.redis))["outage"]
        assert outage["cause"] == "platform"
        status = await fleet_command(fleet, "status")
        assert "The platform: no response to 1 of 1 worker since " in status.err
        assert outage["what"] in status.err
        assert json.loads((await fleet_command(fleet, "status", "--json")).out)["outage"] == outage

        (finding,) = (each for each in await doctor(fleet) if each["cause"] == "platform")
        assert finding["verdict"] == "failure"
        assert "no response to 1 of 1 worker since " in finding["found"]
        (finding,) = (each for each in await doctor(fleet, "--offline") if each["cause"] == "platform")
        assert "jobs wait without using attempts" in finding["fix"]

        overview = await page(fleet)
        assert "The platform does not respond" in overview
        assert "Nothing: every shop works" not in overview

        await fleet.fault(outage=False)
        await until(is_up, 60)
        await until_done(fleet)
        assert "The platform" not in (await fleet_command(fleet, "status")).err
        assert not any(each["cause"] == "platform" for each in await doctor(fleet))
