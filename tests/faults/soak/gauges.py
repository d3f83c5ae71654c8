"""Samples the resources of the processes that run for the whole soak, and checks that they stay flat."""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from demo.local_fleet import Part

SPARE: Mapping[str, float] = {"memory": 12e6, "files": 64, "tasks": 60}
"""Growth between middle and end that is not a leak: arenas, pooled connections, jobs."""
SPARE_SHARE = 0.10


@dataclass(frozen=True, slots=True)
class Sample:
    memory: float
    """Resident bytes."""
    files: float
    """Open files and sockets."""
    tasks: float
    """asyncio tasks alive."""


async def sample(part: Part, http: aiohttp.ClientSession) -> Sample:
    """Raises OSError if the process is gone, aiohttp.ClientError if it does not respond."""
    home = Path(f"/proc/{part.process.pid}")
    pages = int((home / "statm").read_text().split()[1])
    files = len(list((home / "fd").iterdir()))
    async with http.get(f"http://127.0.0.1:{part.address}/metrics") as answer:
        found = re.search(r"^relist_event_loop_tasks (\S+)$", await answer.text(), re.MULTILINE)
    if found is None:
        raise ValueError(f"{part.name} does not report its tasks")
    return Sample(pages * 4096.0, files, float(found[1]))


def grown(samples: Sequence[Sample]) -> dict[str, tuple[float, float]]:
    """Gauges that grew too much from the middle third to the last: name -> both medians. Pure.

    The first third is ignored, because caches and pools are still filling.
    """
    third = len(samples) // 3
    if third < 2:
        raise ValueError("too few samples to compare")
    found = {}
    for name, spare in SPARE.items():
        middle = statistics.median(getattr(each, name) for each in samples[third : 2 * third])
        last = statistics.median(getattr(each, name) for each in samples[2 * third :])
        if last > middle * (1 + SPARE_SHARE) and last > middle + spare:
            found[name] = (middle, last)
    return found
