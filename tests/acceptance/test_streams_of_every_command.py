"""No command ends in a traceback, whatever its standard streams are."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from demo.local_fleet import LocalFleet
from tests.support.conservation import search_all, until_moved
from tests.support.every_command import COMMANDS, SERVICES, leaves
from tests.support.fleet_here import FleetHere
from tests.support.streams import STREAMS

READERS = {name for name, arguments in COMMANDS.items() if "-" in arguments} | {"shops add"}
FAULTS = ("Traceback", "UnicodeEncodeError", "RuntimeWarning", "never awaited", "Exception ignored")


def test_table_has_every_command() -> None:
    assert COMMANDS.keys() | SERVICES == {*leaves()}


async def with_streams(fleet: LocalFleet, directory: Path, cases: list[tuple[str, str]]) -> list[tuple[int, str]]:
    """Return exit code and standard error of each (stream, command)."""
    wanted, results = directory / "wanted.json", directory / "results.json"
    wanted.write_text(json.dumps([[stream, [*name.split(), *COMMANDS[name]]] for stream, name in cases]))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.streams", wanted, results, env=fleet.environment
    )
    assert await process.wait() == 0
    found: list[tuple[int, str]] = json.loads(results.read_text())
    return found


@pytest.mark.slow
async def test_no_command_ends_in_a_traceback_or_hangs(tmp_path: Path) -> None:
    cases = [(stream, name) for stream in STREAMS for name in COMMANDS if "stdin" not in stream or name in READERS]
    async with FleetHere(("--shops", "2", "--products", "20", "--unlimited"), {"rollout": "off"}) as fleet:
        await fleet.add_shops()
        await fleet.start_worker()  # `relist plan` waits for one
        await search_all(fleet)
        await until_moved(fleet, 3)
        results = await with_streams(fleet, tmp_path, cases)
    wrong = [
        f"{name} with {stream}: exit code {code}\n{error[-700:]}"
        for (stream, name), (code, error) in zip(cases, results, strict=True)
        if any(fault in error for fault in FAULTS) or code not in (0, 1, 2)
    ]
    assert not wrong, f"{len(wrong)} of {len(cases)}\n" + "\n\n".join(wrong)
