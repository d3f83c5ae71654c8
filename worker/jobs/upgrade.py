"""The platform's own upgrade of a whole shop: asked for, watched, asked for again, and what it leaves is relisted.

The task moves active products that are at least 24 hours old, runs up to two hours and tells of no end: it is over when
nothing of it is left on v1, when what is left has stopped to become less, or after two hours. The rest is relisted.
Products younger than a day are swept up when they have come of age.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from model.job import Job
from model.outcome import Outcome
from shop_queue.producer import EnqueueRequest
from tiktok_shop.shop_client import ShopClient
from worker.engine.call_permits import JobPermits
from worker.engine.results import Continue, Done, Result
from worker.services import Services

OF_AGE_SECONDS = 86_400
RUNS_AT_MOST_SECONDS = 7_200
MOST_TRIGGERS = 2
STALLED_LOOKS = 6
"""What has not become less for so many looks is what the platform can not move."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    services: Services

    async def __call__(self, job: Job, gate: JobPermits) -> Result:
        _, client = await self.services.client_for(job.shop_id, gate)
        now = int(self.services.now().timestamp())
        state = job.state or {}
        if not state:
            await client.category_upgrade_task()
            return self._wait(job, {"triggers": 1, "triggered_at": now})
        left = await _count(client, {"status": "ACTIVATE", "create_time_le": now - OF_AGE_SECONDS})
        unchanged = int(state.get("unchanged") or 0) + 1 if left == state.get("left") else 0
        stalled = unchanged >= STALLED_LOOKS
        if left and not stalled and now - int(state["triggered_at"]) < RUNS_AT_MOST_SECONDS:
            return self._wait(job, {**state, "left": left, "unchanged": unchanged})
        if left and int(state["triggers"]) < MOST_TRIGGERS:
            await client.category_upgrade_task()
            return self._wait(job, {"triggers": int(state["triggers"]) + 1, "triggered_at": now})
        young = await _count(client, {"create_time_ge": now - OF_AGE_SECONDS + 1})
        return Done(Outcome("done"), _sweeps(job, now, young), publish=False)

    def _wait(self, job: Job, state: dict[str, Any]) -> Continue:
        return Continue(replace(job, state=state), self.services.upgrade_poll_seconds)


async def _count(client: ShopClient, narrower: dict[str, Any]) -> int:
    page = await client.search_products({"category_version": "v1", **narrower}, page_size=1)
    return page.total_count


def _sweeps(job: Job, now: int, young: int) -> tuple[EnqueueRequest, ...]:
    """Searches that put what is left on v1 into the lane: the old products now, the young ones a day later."""
    run = job.run_id or "upgrade"

    def sweep(name: str, narrower: dict[str, int]) -> Job:
        search = {"category_version": "v1", **narrower}
        return Job(job.shop_id, name, "search", run_id=run, trace_id=job.trace_id, filter=search)

    old = EnqueueRequest(sweep(f"search:{run}", {"create_time_le": now - OF_AGE_SECONDS}))
    if not young:
        return (old,)
    return (old, EnqueueRequest(sweep(f"search:{run}:young", {}), delay_seconds=float(OF_AGE_SECONDS)))
