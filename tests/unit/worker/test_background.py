from __future__ import annotations

import asyncio

import structlog

from worker.background import kept_running


async def test_a_task_that_fails_starts_again_and_is_logged() -> None:
    runs: list[int] = []
    done = asyncio.Event()

    async def run() -> None:
        runs.append(len(runs))
        if len(runs) < 3:
            raise ValueError("a value from outside")
        done.set()

    with structlog.testing.capture_logs() as logged:
        await asyncio.wait_for(kept_running("copies", run, restart_seconds=0.0), 10)
    assert done.is_set()
    assert [(each["event"], each["part"], each["error"]) for each in logged] == [
        ("background_task_failed", "copies", "ValueError")
    ] * 2


async def test_cancelling_ends_it() -> None:
    task = asyncio.create_task(kept_running("copies", asyncio.Event().wait))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    task.cancel()
    ended = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(ended[0], asyncio.CancelledError)
