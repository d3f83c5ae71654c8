"""Runs and follows the platform's upgrade of a whole shop, and relists the products that it leaves on v1.

The platform moves active products that are at least 24 hours old, takes up to two hours and does not report its end.
The task counts as ended when none of these products is left on v1, when their number stops falling, or after two hours.
One day later, a search follows for products that were less than a day old. The outcome `done` counts remaining
products.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from model.job import Job
from model.job_state import UpgradeState, state_of
from model.outcome import Outcome
from shop_queue.producer import EnqueueRequest
from tiktok_shop.errors import TikTokShopError
from tiktok_shop.shop_client import ShopClient
from worker.engine.call_permits import JobPermits
from worker.engine.results import Continue, Done, Result
from worker.jobs.search import failed_search
from worker.services import Services

MIN_AGE_SECONDS = 86_400
MAX_RUN_SECONDS = 7_200
MAX_TRIGGERS = 2
STALLED_POLLS = 6
"""Number of polls without progress after which the remaining products count as not upgradable."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    services: Services

    async def __call__(self, job: Job, permits: JobPermits) -> Result:
        _, client = await self.services.client_for(job.shop_id, permits)
        try:
            return await self._step(job, client)
        except TikTokShopError as error:
            state = state_of(job.state, UpgradeState)
            return failed_search(error, self.services, {"requests": state.triggers, "left_on_v1": state.left or 0})

    async def _step(self, job: Job, client: ShopClient) -> Result:
        now = int(self.services.now().timestamp())
        state = state_of(job.state, UpgradeState)
        if not state.triggers:
            await client.category_upgrade_task()
            return self._wait(job, UpgradeState(triggers=1, triggered_at=now))
        left = await _count(client, {"status": "ACTIVATE", "create_time_le": now - MIN_AGE_SECONDS})
        unchanged = state.unchanged + 1 if left == state.left else 0
        stalled = unchanged >= STALLED_POLLS
        if left and not stalled and now - state.triggered_at < MAX_RUN_SECONDS:
            return self._wait(job, replace(state, left=left, unchanged=unchanged))
        if left and state.triggers < MAX_TRIGGERS:
            await client.category_upgrade_task()
            return self._wait(job, UpgradeState(triggers=state.triggers + 1, triggered_at=now))
        young = await _count(client, {"create_time_ge": now - MIN_AGE_SECONDS + 1})
        counts = {"requests": state.triggers, "left_on_v1": left, "younger_than_a_day": young}
        return Done(Outcome("done", counts=counts), _searches(job, now, young))

    def _wait(self, job: Job, state: UpgradeState) -> Continue:
        return Continue(replace(job, state=state), self.services.upgrade_poll_seconds)


async def _count(client: ShopClient, narrower: dict[str, Any]) -> int:
    page = await client.search_products({"category_version": "v1", **narrower}, page_size=1)
    return page.total_count


def _searches(job: Job, now: int, young: int) -> tuple[EnqueueRequest, ...]:
    """The searches for products left on v1: old products now, young ones a day later."""
    run = job.run_id or "upgrade"

    def search_job(name: str, narrower: dict[str, int]) -> Job:
        search_filter = {"category_version": "v1", **narrower}
        return Job(job.shop_id, name, "search", run_id=run, trace_id=job.trace_id, filter=search_filter)

    old = EnqueueRequest(search_job(f"search:{run}", {"create_time_le": now - MIN_AGE_SECONDS}))
    if not young:
        return (old,)
    return (old, EnqueueRequest(search_job(f"search:{run}:young", {}), delay_seconds=float(MIN_AGE_SECONDS)))
