"""Runs a `relist` command in this process: a new one takes a second of CPU to start."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from click.testing import CliRunner

from console.main import main
from demo.local_fleet import CommandResult, LocalFleet


def relist_here(*arguments: str, environment: Mapping[str, str], standard_input: str = "") -> CommandResult:
    """Raises every exception that the command does not turn into an exit code."""
    result = CliRunner().invoke(main, arguments, input=standard_input, env=environment, catch_exceptions=False)
    return CommandResult(result.exit_code, result.stdout, result.stderr)


async def fleet_command(
    fleet: LocalFleet, *arguments: str, standard_input: str = "", environment: Mapping[str, str] | None = None
) -> CommandResult:
    """Like `LocalFleet.command`, in a thread of this process, since a command starts its own event loop."""
    merged = {**fleet.environment, **(environment or {})}
    return await asyncio.to_thread(relist_here, *arguments, environment=merged, standard_input=standard_input)
