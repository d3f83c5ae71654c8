"""Every documented command about plans, the record, undo and reports works in the read-only container.

Its output goes to standard output or to a mounted folder. A path elsewhere is refused with one line.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.local_fleet import LocalFleet
from tests.support.command_here import fleet_command
from tests.support.conservation import until_done
from tests.support.fleet_here import fleet_here
from tests.support.postgres_server import PostgresServer
from tests.support.read_only_root import relist_read_only

pytestmark = pytest.mark.slow
SHOP = "7494000000000000001"
Ended = subprocess.CompletedProcess[bytes]


@dataclass(frozen=True, slots=True)
class Container:
    fleet: LocalFleet
    mounted: Path
    scratch: Path
    home: Path
    """The working directory, which is read-only."""
    has_journal: bool

    async def run(self, *arguments: str, standard_input: bytes = b"") -> Ended:
        journal = [Path(self.fleet.environment["RELIST_JOURNAL_DIR"])] if self.has_journal else []
        return await asyncio.to_thread(
            relist_read_only,
            arguments,
            self.fleet.environment,
            writable=[self.scratch, self.mounted, *journal],
            cwd=self.home,
            standard_input=standard_input,
        )

    async def ok(self, *arguments: str, standard_input: bytes = b"") -> bytes:
        ended = await self.run(*arguments, standard_input=standard_input)
        assert ended.returncode == 0, (arguments, ended.stderr.decode())
        return ended.stdout

    async def refused(self, *arguments: str) -> None:
        ended = await self.run(*arguments)
        assert ended.returncode == 1, arguments
        assert b"Traceback" not in ended.stderr
        assert len(ended.stderr.strip().splitlines()) == 1, ended.stderr.decode()
        assert b"ead-only file system" in ended.stderr, ended.stderr.decode()


@asynccontextmanager
async def container(store: str, directory: Path) -> AsyncIterator[Container]:
    places = [directory / name for name in ("mounted", "scratch", "home")]
    for each in places:
        each.mkdir()
    size = ("--shops", "1", "--products", "30", "--audit-seconds", "0.05", "0.1")
    with PostgresServer() as server:
        more = {"record_url": server.database()} if store == "postgres" else {}
        async with fleet_here(1, *size, audit_poll_seconds="1", **more) as fleet:
            yield Container(fleet, *places, has_journal=store == "sqlite")


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
async def test_plan_apply_history_report_undo_and_record(store: str, tmp_path: Path) -> None:
    async with container(store, tmp_path) as box:
        plan = await box.ok("plan", "-")
        assert "plan" in json.loads(plan.splitlines()[0])
        await box.ok("plan", str(box.mounted / "moves.jsonl"))
        await box.refused("plan", "moves.jsonl")
        await box.ok("apply", str(box.mounted / "moves.jsonl"), "--run-id", "spring")
        await until_done(box.fleet)

        for form, start in (("html", b"<!doctype html>"), ("csv", b"\xef\xbb\xbfshop_id,"), ("json", b"{")):
            written = await box.ok("report", "--run", "spring", "--format", form)
            assert written.lower().startswith(start)
            file = box.mounted / f"spring.{form}"
            await box.ok("report", "--run", "spring", "--format", form, "--output", str(file))
            assert len(file.read_bytes()) > 500
        await box.refused("report", "--run", "spring", "--output", "spring.html")

        lines = json.loads(await box.ok("report", "--run", "spring", "--format", "json"))["products"]
        moved = next(line["product_id"] for line in lines if line["result"] == "moved")
        history = json.loads(await box.ok("history", SHOP, moved, "--json"))
        assert [edit["run_id"] for edit in history["edits"]] == ["spring"]

        assert moved.encode() in await box.ok("undo", "--run", "spring", "--check")
        undone = json.loads(await box.ok("undo", "--run", "spring", "--json"))
        assert undone["enqueued"] > 0
        await until_done(box.fleet)

        await box.ok("record", "size")
        await box.ok("record", "upgrade")
        await box.ok("record", "verify")
        await box.ok("record", "prune", "--older-than", "1d", "--dry-run")
        await box.ok("record", "prune", "--keep", "1M", "--run", "spring", "--yes")
        await box.ok("forecast")
        await box.ok("shops", "remove", SHOP, "--erase", "--yes")
        gone = await box.run("report", "--shop", SHOP)
        assert gone.returncode == 1
        shown = await fleet_command(box.fleet, "record", "size", "--json")
        assert json.loads(shown.out)["edits"] == 0
