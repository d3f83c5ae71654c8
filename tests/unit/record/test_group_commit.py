"""How long a group waits for more entries."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from record.database import Database
from record.group import WriteGroup
from record.group_commit import GATHER_SECONDS, LONGEST_GATHER_SECONDS, GroupCommit
from record.state import Run
from tests.support.record_entries import NOON
from tests.support.simulated_time import run_in_simulated_time


class Written:
    """A database that notes when it was given how many runs."""

    def __init__(self) -> None:
        self.groups: list[tuple[float, int]] = []

    async def write(self, group: WriteGroup) -> list[int]:
        self.groups.append((asyncio.get_running_loop().time(), len(group.runs)))
        return []


def groups(at: list[float]) -> list[tuple[Any, ...]]:
    """The time and size of each group when writers come at these times."""

    async def work() -> list[tuple[float, int]]:
        written = Written()
        commit = GroupCommit(cast(Database, written))

        async def write(number: int, seconds: float) -> None:
            await asyncio.sleep(seconds)
            await commit.submit(lambda group: group.add_run(Run(str(number), NOON, "relist")))

        await asyncio.gather(*(write(number, seconds) for number, seconds in enumerate(at)))
        return written.groups

    return run_in_simulated_time(work())


def test_one_writer_waits_for_the_shortest_time() -> None:
    assert groups([0.0]) == [(pytest.approx(GATHER_SECONDS), 1)]


def test_writers_that_come_together_wait_for_the_shortest_time() -> None:
    assert groups([0.0] * 100) == [(pytest.approx(GATHER_SECONDS), 100)]


def test_a_growing_group_waits_until_it_has_grown_for_the_longest_time() -> None:
    coming = [GATHER_SECONDS * each / 2 for each in range(6)]
    assert groups([*coming, 1.0]) == [
        (pytest.approx(LONGEST_GATHER_SECONDS), 6),
        (pytest.approx(1 + GATHER_SECONDS), 1),
    ]
