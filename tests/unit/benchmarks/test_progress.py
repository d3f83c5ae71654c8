"""reach returns at its goal and raises an error when the work stalls."""

from __future__ import annotations

import pytest

from benchmarks.progress import Stalled, reach


async def test_returns_at_the_goal() -> None:
    done = 0

    async def count() -> int:
        nonlocal done
        done += 1
        return done

    await reach(3, count, poll=0)
    assert done == 3


async def test_stalled_work_raises() -> None:
    async def count() -> int:
        return 2

    with pytest.raises(Stalled, match="2 of 3 are done"):
        await reach(3, count, poll=0, stalled_seconds=0.01)
