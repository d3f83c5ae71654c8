"""The page for practising works when its blocks are run in order."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from demo.local_fleet import LocalFleet
from tests.support.conservation import until_done
from tests.support.doc_reader import blocks, run
from tests.support.fleet_here import FleetHere

SIMULATOR = ("--profile", "demo", "--shops", "2", "--products", "60", "--set", "audit_reject_share=0")


async def state(fleet: LocalFleet, directory: Path) -> dict[str, int]:
    total: dict[str, int] = json.loads(await run(fleet, directory, "console", "$ relist status --json"))["total"]
    return total


@pytest.mark.slow
async def test_page_goes_from_connecting_to_the_report(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.csv"
    mapping.write_text("shop,from,to\n")
    settings = {"audit_poll_seconds": "5", "mapping_file": str(mapping)}
    async with FleetHere(SIMULATOR, settings) as fleet:
        await fleet.start_worker()
        printed = []
        for kind, text in blocks("practise.md"):
            printed.append(await run(fleet, tmp_path, kind, text))
            if "rollout stop" in text:
                async with asyncio.timeout(60):
                    while not (await state(fleet, tmp_path))["waiting"]:
                        await asyncio.sleep(0.1)
            else:
                await until_done(fleet, 180)
        everything = "\n".join(printed)
        books = (await fleet.books())["total"]
        assert books["damaged"] == 0
        assert books["moved"] > 20
    assert "connected" in everything
    assert "ok    mapping file" in everything
    assert "market/US" in everything
    assert (tmp_path / "first.html").stat().st_size > 10_000
    assert "undo-first-1" in everything
