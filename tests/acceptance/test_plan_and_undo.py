"""Plan, apply, history and undo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from demo.local_fleet import CommandResult, LocalFleet, running_fleet
from producers.plan_file import entry_line, header_line
from tests.support.command_here import fleet_command, relist_here
from tests.support.conservation import until_done
from tests.support.fleet_here import fleet_here

SHOP = "7494000000000000001"


def output(ended: CommandResult) -> Any:
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


async def edits(fleet: LocalFleet) -> int:
    return int((await fleet.books())["total"]["edits_accepted"])


async def test_plan_apply_history_undo(tmp_path: Path) -> None:
    file = tmp_path / "moves.jsonl"
    # An audit that ends before its edit is committed, as on a busy machine, is found by polling.
    size = ("--shops", "2", "--products", "40", "--audit-seconds", "0.05", "0.1")
    async with fleet_here(1, *size, audit_poll_seconds="1") as fleet:
        planned = output(await fleet_command(fleet, "plan", str(file), "--json"))
        head, *entries = (json.loads(line) for line in file.read_text().splitlines())
        assert head["run_id"] == planned["run_id"]
        born_on_v2 = (await fleet.books())["total"]["born_on_v2"]
        assert len(entries) == planned["ready"] + planned.get("unready", 0) == 40 - born_on_v2
        assert len({entry["product_id"] for entry in entries}) == len(entries)
        assert await edits(fleet) == 0, "a plan sends no edit"
        shown = await fleet_command(fleet, "apply", str(file), "--show")
        assert shown.out.count("category: ") == planned["ready"]
        assert await edits(fleet) == 0

        output(await fleet_command(fleet, "apply", str(file), "--run-id", "spring", "--json"))
        await until_done(fleet)
        assert await edits(fleet) == planned["ready"]
        books = (await fleet.books())["total"]
        assert books["damaged"] == 0

        product = next(entry for entry in entries if entry["ready"])
        known = output(await fleet_command(fleet, "history", product["shop_id"], product["product_id"], "--json"))
        (edit,) = known["edits"]
        assert (edit["run_id"], edit["edit"]["category_id"]) == ("spring", product["category_id"])
        lines = output(await fleet_command(fleet, "report", "--run", "spring", "--format", "json"))["products"]
        (line,) = (each for each in lines if each["product_id"] == product["product_id"])
        assert line["result"] != "moved" or line["changes"][0].endswith(f" ({product['category_id']})"), "with its name"
        answered, ended = (event for event in edit["events"] if event["name"] != "read_back")
        assert (answered["name"], answered["about"]["outcome"]) == ("answered", "in_audit")
        assert answered["about"]["request_id"]
        assert ended["name"] == "audit_ended"
        assert known["state"]["state"] == ended["about"]["outcome"]

        checked = (await fleet_command(fleet, "undo", "--run", "spring", "--check", "--json")).out.splitlines()
        *previews, coverage = map(json.loads, checked)
        undone = output(await fleet_command(fleet, "undo", "--run", "spring", "--json"))
        assert len(previews) == coverage["changed"] == undone["enqueued"]
        assert coverage["restored"] + coverage["nothing_to_restore"] == len(previews)
        # A product whose audit failed was never changed.
        assert undone["enqueued"] + undone["without_effect"] == planned["ready"]
        assert undone["unanswered"] == undone["unreadable"] == 0
        await until_done(fleet)
        # A v1 category cannot be restored, so only products with something else to restore are edited again.
        assert await edits(fleet) - planned["ready"] <= coverage["restored"], previews
        assert (await fleet.books())["total"]["damaged"] == 0


@pytest.mark.slow
async def test_product_changed_after_plan_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "moves.jsonl"
    async with running_fleet(1, "--shops", "1", "--products", "10") as fleet:
        output(await fleet_command(fleet, "plan", str(file), "--shop", SHOP, "--json"))
        head, *entries = (json.loads(line) for line in file.read_text().splitlines())
        for entry in entries:
            if entry["ready"]:
                entry["plan"]["product"] = "0" * 24
        changed = "".join(json.dumps(each) + "\n" for each in (head, *entries))
        file.write_text(changed)
        refused = await fleet_command(fleet, "apply", str(file))
        assert refused.code == 1
        assert "was changed after `relist plan` wrote it" in refused.err
        sealed = [header_line(head["run_id"], head["at"], len(entries))]
        for number, entry in enumerate(entries, 1):
            body = {name: value for name, value in entry.items() if name not in ("line", "checksum")}
            sealed.append(entry_line(body, head["run_id"], number))
        file.write_bytes(b"".join(sealed))
        output(await fleet_command(fleet, "apply", str(file), "--json"))
        await until_done(fleet)
        assert await edits(fleet) == 0
        shown = output(await fleet_command(fleet, "status", "--json"))
        assert shown["total"]["needs_input"] >= sum(entry.get("ready", False) for entry in entries)


def test_file_that_is_not_a_plan_is_refused(redis_url: str, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    head = header_line("plan-1", "", 1).decode()
    cases = (("", "not a plan"), ("{}\n", "not a plan"), ('{"plan":1}\n', "of this version"), (head + '{"x":', "row 2"))
    settings = {"APP_KEY": "k", "APP_SECRET": "s", "TOKEN_KEY": "k" * 16, "REDIS_URL": redis_url}
    environment = {f"RELIST_{name}": value for name, value in {**settings, "JOURNAL_DIR": str(tmp_path)}.items()}
    for text, expected in cases:
        file.write_text(text)
        ended = relist_here("apply", str(file), environment=environment)
        assert ended.code == 1
        assert expected in ended.err
    nothing = relist_here("undo", "--run", "x", "--yes", environment=environment)
    assert nothing.code == 1
    assert "no edit in this scope" in nothing.err
