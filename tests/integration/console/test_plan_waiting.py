"""`relist plan` does not wait for shops that a person must resume."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from console.commands import plan
from tests.support.command_here import fleet_command
from tests.support.fleet_here import fleet_here


async def test_a_plan_ends_without_shops_that_are_stalled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "POLL_SECONDS", 0.05)
    file = tmp_path / "moves.jsonl"
    async with fleet_here(1, "--shops", "2", "--products", "10") as fleet:
        first, second = (
            each["shop_id"] for each in json.loads((await fleet_command(fleet, "shops", "list", "--json")).out)
        )
        assert (await fleet_command(fleet, "shops", "pause", first, "--reason", "stocktaking")).code == 0
        planned = await fleet_command(fleet, "plan", str(file), "--json")
        assert planned.code == 1
        assert json.loads(planned.out)["left_out"] == [first]
        assert f"waiting: 1 shop paused: stocktaking ({first})" in planned.err
        assert f"the plan lacks products of 1 stalled shop: {first}" in planned.err
        shops = {json.loads(line)["shop_id"] for line in file.read_text().splitlines()[1:]}
        assert shops == {second}
        status = json.loads((await fleet_command(fleet, "status", "--json")).out)
        assert status["total"]["jobs"] == 0, "the search of the paused shop does not stay queued"
