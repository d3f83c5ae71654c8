"""An operator checks files before workers load them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from demo.local_fleet import running_fleet

SHOP = "7494000000000000001"


@pytest.mark.slow
async def test_a_mapping_is_checked_and_its_hits_are_counted(tmp_path: Path) -> None:
    file, plan = tmp_path / "mapping.csv", tmp_path / "plan.jsonl"
    async with running_fleet(1, "--shops", "2", "--products", "60") as fleet:
        assert (await fleet.command("plan", str(plan), "--shop", SHOP)).code == 0

        entries = [json.loads(line) for line in plan.read_text().splitlines()[1:]]
        ready = next(entry for entry in entries if entry["ready"])
        file.write_text(
            f"shop,from,to\n*,{ready['old_category']},{ready['category_id']}\n404,1,{ready['category_id']}\n*,2,1\n"
        )
        checked = await fleet.command("mapping", "check", str(file))
        assert checked.code == 1
        assert "row 3: shop 404 is not known" in checked.err
        assert "row 4: 1 is not in the v2 tree" in checked.err
        assert "row 2" not in checked.err

        counted = await fleet.command("mapping", "hits", str(file), "--plan", str(plan))
        assert counted.code == 0, counted.err
        of_it = sum(entry["old_category"] == ready["old_category"] for entry in entries)
        rows = [line.split("\t") for line in counted.out.splitlines()]
        assert any(str(of_it) in row and ready["category_id"] in row for row in rows), counted.out

        file.write_text(
            f"category,attribute,take,from,value\n{ready['category_id']},Material,fixed,,Cotton\n1,x,fixed,,y\n"
        )
        rules = await fleet.command("attribute-rules", "check", str(file), "--shop", SHOP)
        assert rules.code == 1
        assert "row 3" in rules.err
        assert "row 2" not in rules.err
