"""A job cancelled before its first step returns its slot, memory and permit."""

from __future__ import annotations

import asyncio

import pytest

from model.job import Job
from model.outcome import Outcome
from shop_queue.consumer import Release
from tests.support.engine_state import SLOTS, Watch, engine_state, hold
from worker.engine.call_permits import Access, JobPermits
from worker.engine.claims import Claims
from worker.engine.dispatch_loop import DispatchLoop
from worker.engine.job_handler import JobHandler
from worker.engine.outages import Outages, no_probe
from worker.engine.results import Done, Result


@pytest.mark.parametrize("lease_lost", [True, False])
async def test_its_slot_is_returned(lease_lost: bool) -> None:
    began: list[str] = []

    async def run(job: Job, permits: JobPermits) -> Result:
        began.append(job.id)
        return Done(Outcome("relisted"))

    def first_access(job: Job) -> Access | None:
        # Called just before the task is created, so `cancel` runs before the task's first step.
        asyncio.get_running_loop().call_soon(cancel)
        return None

    def cancel() -> None:
        if lease_lost and shop.running:
            state.abandon(shop)
        for task in shop.running.values():
            task.cancel()

    state = engine_state({"relist": JobHandler(run, first_access)}, Watch())
    shop = hold(state)
    shop.buffer.append((Job("7494", "1"), 0))
    state.needs_claim.add(shop)
    loop = asyncio.create_task(DispatchLoop(state, Claims(state), Outages(state, no_probe)).run())
    async with asyncio.timeout(5):
        while shop.buffer or shop.running:
            await asyncio.sleep(0)
    loop.cancel()
    assert began == []
    assert state.slots == SLOTS
    assert shop.finished == ([] if lease_lost else [Release("1")])
