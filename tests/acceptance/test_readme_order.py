"""Plan, search, apply and undo on one shop, in the order of the README, twice."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from demo.local_fleet import LocalFleet, running_fleet
from tests.support.conservation import until_done

SHOP = "7494000000000000001"
SIZE = ("--shops", "1", "--products", "60", "--audit-seconds", "0.3", "0.6", "--set", "audit_reject_share=0")
WAIT_SECONDS = 120.0


async def succeeded(fleet: LocalFleet, *arguments: str) -> str:
    ended = await fleet.command(*arguments)
    assert ended.code == 0, f"{arguments}: {ended.err}"
    return ended.out


async def edits(fleet: LocalFleet) -> int:
    return int((await fleet.books())["total"]["edits_accepted"])


@pytest.mark.slow
async def test_plan_search_apply_and_undo_follow_one_another_twice(tmp_path: Path) -> None:
    async with running_fleet(1, *SIZE, audit_poll_seconds="1") as fleet:
        for number in (1, 2):
            file, run = tmp_path / f"moves-{number}.jsonl", f"sweep-{number}"
            before = await edits(fleet)
            planned = json.loads(await succeeded(fleet, "plan", str(file), "--json"))
            await until_done(fleet)
            assert await edits(fleet) == before, "a plan sends no edit"
            await succeeded(fleet, "enqueue", "search", "--run-id", run)
            await until_done(fleet)
            if number == 1:
                assert await edits(fleet) - before >= planned.get("ready", 0) > 0, (
                    "what was planned is what a real run does"
                )
            else:
                assert planned.get("ready", 0) == 0, "the products are on v2"
            again = await fleet.command("apply", str(file), "--run-id", f"apply-{number}", "--json")
            assert again.code == 0 or planned.get("ready", 0) == 0, again.err
            await until_done(fleet)
            report = json.loads(await succeeded(fleet, "undo", "--shop", SHOP, "--yes", "--json"))
            assert report["enqueued"] > 0
            await until_done(fleet)
            assert report["unanswered"] == report["unreadable"] == 0
            assert json.loads(await succeeded(fleet, "rollout", "list", "--json"))["causes"] == []
        async with asyncio.timeout(WAIT_SECONDS):
            while (total := (await fleet.books())["total"])["in_audit"]:
                await asyncio.sleep(0.2)
        assert total["damaged"] == 0
        assert total["seller_changes_lost"] == 0
