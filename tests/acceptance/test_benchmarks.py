"""Every benchmark runs in its quick version; a benchmark that the code has outgrown fails here instead of waiting."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import NAMES
from benchmarks.processes import PEERS

ROOT = Path(__file__).parents[2]
LONGEST_SECONDS = 900.0
WITH_PEERS = frozenset({"engine", "enqueue", "latency", "memory"})
"""Benchmarks that also run other libraries, each in a separate environment (`make peers`)."""


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if PEERS.exists() or name not in WITH_PEERS])
async def test_quick_version_runs(name: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"benchmarks.{name}", "--quick"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, output.decode(errors="replace")[-3000:]
