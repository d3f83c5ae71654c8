"""`relist calibrate` on a running platform. The command runs in a process, because it handles signals."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest

from facts.load import platform_facts
from facts.operator_file import read_operator_facts
from tests.support.command_here import fleet_command
from tests.support.fleet_here import FleetHere

pytestmark = pytest.mark.slow

SHOP = "7494000000000000001"
WORLD = ("--shops", "1", "--products", "40", "--region", "MX", "--set", "edit_reactivates=true")
FAST = {"default_rate": "200", "max_rate": "200"}


async def test_it_describes_its_steps_and_measures_only_with_yes(tmp_path: Path) -> None:
    file = tmp_path / "facts.toml"
    arguments = ("calibrate", "--shop", SHOP, "--output", str(file), "--only", "edit_of_deactivated")
    async with FleetHere(WORLD, FAST) as fleet:
        await fleet.add_shops()
        asked = await fleet_command(fleet, *arguments)
        assert (asked.code, file.exists()) == (1, False)
        assert "Add --yes to start." in asked.err
        done = await fleet.command(*arguments, "--yes", "--json")
        assert done.code == 0, done.err
        (line,) = json.loads(done.out)["facts"]
        assert (line["fact"], line["found"], line["default"], line["differs"]) == (
            "edit_of_deactivated", "true", "false", True)  # fmt: skip
        facts = read_operator_facts(file, platform_facts())
        assert facts.position("edit_reactivates", "MX") is True
        assert facts.measured[0].request_ids
        again = await fleet.command(*arguments[:-1], "refresh_ends_refresh_tokens", "--yes")
        assert "refresh_ends_refresh_tokens" in again.out
        assert len(read_operator_facts(file, platform_facts()).measured) == 2
        assert (await fleet_command(fleet, "doctor", environment={"RELIST_FACTS_FILE": str(file)})).code == 0
        books = (await fleet.books())["total"]
        assert (books["moved"], books["in_audit"]) == (0, 0)


async def test_a_wrong_fact_or_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "facts.toml"
    file.write_text("[measured.no_such_fact]\nvalue = true\n")
    async with FleetHere(WORLD) as fleet:
        unknown = await fleet_command(fleet, "calibrate", "--shop", SHOP, "--only", "speed", "--yes")
        assert unknown.err.startswith("Error: no fact has the id speed")
        wrong = await fleet_command(fleet, "calibrate", "--shop", SHOP, "--output", str(file), "--yes")
        assert "measured.no_such_fact: no fact has this id" in wrong.err
        worker = await fleet_command(fleet, "worker", environment={"RELIST_FACTS_FILE": str(file)})
        assert (worker.code, worker.err.count("\n")) == (1, 1)
        assert "RELIST_FACTS_FILE" in worker.err
        assert "measured.no_such_fact" in worker.err


async def test_ctrl_c_deletes_the_samples(tmp_path: Path) -> None:
    async with FleetHere((*WORLD, "--set", "audit_seconds=600,600"), FAST) as fleet:
        await fleet.add_shops()
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "from console.main import main; main()", "calibrate", "--shop", SHOP, "--yes",
            "--output", str(tmp_path / "facts.toml"), "--only", "package_size_sum", "--only", "unknown_brand",
            env=fleet.environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            # A shell starts background processes, which the tests may be, with SIGINT ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )  # fmt: skip
        try:
            async with asyncio.timeout(60):
                while (await fleet.books())["total"]["created"] < 2:
                    await asyncio.sleep(0.02)
                running.send_signal(signal.SIGINT)
                _, printed = await running.communicate()
        finally:
            if running.returncode is None:
                running.kill()
        assert running.returncode == 130
        assert b"interrupted: the sample products are deleted" in printed
        again = await fleet.command(
            "calibrate", "--shop", SHOP, "--yes", "--output", str(tmp_path / "facts.toml"), "--only", "empty_search",
            "--json",
        )  # fmt: skip
        assert again.code == 0, again.err
        assert json.loads(again.out)["removed"] == 0, "the interrupted run left nothing"


async def test_a_spelling_that_only_webhooks_show_is_measured_through_the_gateway(tmp_path: Path) -> None:
    world = ("--shops", "1", "--products", "40", "--region", "US", "--set", "pre_approved_reason_is_singular=true")
    arguments = ("calibrate", "--shop", SHOP, "--output", str(tmp_path / "facts.toml"), "--yes", "--json")
    async with FleetHere(world, FAST) as fleet:
        await fleet.add_shops()
        done = await fleet.command(*arguments, "--only", "pre_approved_spelling")
        assert done.code == 0, done.err
        (line,) = json.loads(done.out)["facts"]
        assert (line["found"], line["default"], line["differs"]) == ("true", "false", True), line
