"""`relist simulator`: help, start message, settings, and the first request it prints."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from click.testing import CliRunner

from facts.load import platform_facts
from simulator.command import simulator
from simulator.options import FAULT_TYPES
from simulator.profile import profile_names

RUN = "from simulator.command import simulator; simulator()"


@asynccontextmanager
async def running(*arguments: str) -> AsyncIterator[tuple[str, str]]:
    """Runs the command in a process. Yields its address and its whole start message."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        lines = []
        async with asyncio.timeout(30):
            while not lines or "/simulator/ledger" not in lines[-1]:
                lines.append((await process.stdout.readline()).decode())
        first = lines[0].split()
        assert first[0] == "ready"
        yield first[1], "".join(lines)
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            assert await process.wait() == 0


async def test_the_printed_request_works_when_pasted() -> None:
    async with running("--shops", "7", "--products", "70") as (url, message):
        assert message.count("access token") == 5
        assert "and 2 more" in message
        shell = message[message.index("  key=") : message.index("Read and change")]
        process = await asyncio.create_subprocess_exec("bash", "-c", shell, stdout=asyncio.subprocess.PIPE)
        out, _ = await process.communicate()
        assert b'"code":0' in out
        assert b"7494000000000000001" in out
        assert url in message


async def test_an_output_that_cannot_be_written_is_not_blamed_on_the_port() -> None:
    command = (sys.executable, "-c", "from console.main import main; main()", "simulator", "--shops", "1")
    full = os.open("/dev/full", os.O_WRONLY)
    process = await asyncio.create_subprocess_exec(*command, stdout=full, stderr=asyncio.subprocess.PIPE)
    os.close(full)
    _, told = await process.communicate()
    assert (process.returncode, told) == (1, b"Error: cannot write the output: No space left on device\n")


async def test_settings_and_profile_reach_the_world() -> None:
    arguments = ("--profile", "vietnam", "--set", "edit_reactivates=true", "--set", "error_share=0.5", "--quota-code")
    async with running(*arguments, "12052109") as (url, message), aiohttp.ClientSession() as http:
        assert "profile vietnam" in message
        async with http.get(f"{url}/simulator/switches") as answer:
            switches = await answer.json()
        async with http.get(f"{url}/simulator/faults") as answer:
            faults = await answer.json()
        async with http.get(f"{url}/simulator/shops") as answer:
            shops = await answer.json()
    assert (switches["edit_reactivates"], switches["quota_code"], faults["error_share"]) == (True, 12052109, 0.5)
    assert switches["recommendation_missing_share"] == 0.4
    assert {each["region"] for each in shops} == {"VN"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--profile", "atlantis"], "Error: no profile is called atlantis: use one of demo,"),
        (["--set", "speed=5"], "Error: no switch or fault is called speed"),
        (["--set", "edit_reactivates=maybe"], "Error: edit_reactivates cannot be 'maybe': use true or false"),
        (["--set", "edit_reactivates"], "Error: 'edit_reactivates' is not NAME=VALUE"),
        (["--quota-code", "5"], "Error: quota_code cannot be 5: use one of 12052093, 12052109"),
        (["--region", "Mexico"], "Error: regions cannot be 'Mexico': use codes of two capital letters"),
        (["--host", "192.0.2.1"], "Error: cannot listen on 192.0.2.1:0: "),
    ],
)
def test_a_bad_setting_is_reported_in_one_line(arguments: list[str], message: str) -> None:
    ended = CliRunner().invoke(simulator, arguments, catch_exceptions=False)
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr.startswith(message)
    assert ended.stderr.count("\n") == 1


def test_help_lists_profiles_switches_faults_and_keys() -> None:
    text = CliRunner().invoke(simulator, ["--help"]).output
    for name in (*profile_names(), *platform_facts().switches, *FAULT_TYPES):
        assert re.search(rf"^ +{name}\b", text, re.MULTILINE), name
    assert "simulated-key" in text
    assert "simulated-secret" in text
