"""Finds a shop's products that are still on v1, one page per step, and pauses while the lane is full.

Products leave the result while it is read, so later pages move up and some products are skipped. A search of several
pages is therefore repeated until a pass finds nothing new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from model.job import ON_V1, Job
from model.outcome import Outcome
from redis_client.connect import AnyRedis
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest
from shop_queue.run_progress import begin_sweep
from tiktok_shop.errors import TikTokShopError
from tiktok_shop.product_responses import SearchPage
from tiktok_shop.search_window import (
    WINDOW_EXCEEDED,
    SearchCursor,
    exceeds_window,
    first_cursor,
    halve,
    next_cursor,
    page_request,
)
from worker.engine.call_permits import JobPermits
from worker.engine.results import Continue, Done, Result, Snooze
from worker.services import Services

HIGH_WATER = 2_000
LOW_WATER_SECONDS = 2.0
"""How long a search waits while the lane is full."""
ALL_ON_V1: dict[str, Any] = {"category_version": "v1"}
MAX_PASSES = 10
NEXT_PASS_SECONDS = 5.0
PASS_STATE = ("cursor", "pages", "fresh")


@dataclass(frozen=True, slots=True)
class Search:
    services: Services
    redis: AnyRedis

    async def __call__(self, job: Job, permits: JobPermits) -> Result:
        if await self._lane_is_full(job.shop_id):
            return Snooze(LOW_WATER_SECONDS, "the lane is full")
        cursor = self._cursor(job)
        body, page_token = page_request(cursor, job.filter or ALL_ON_V1)
        _, client = await self.services.client_for(job.shop_id, permits)
        try:
            page = await client.search_products(body, page_token)
        except TikTokShopError as error:
            if error.code == WINDOW_EXCEEDED and cursor.last > cursor.first:
                return _next_step(job, halve(replace(cursor, page_token="")))
            raise
        if not job.state and job.filter is None and not job.dry_run:
            await begin_sweep(self.redis, job.shop_id, page.total_count)
        if exceeds_window(cursor, page.total_count):
            return _next_step(job, halve(cursor))
        ids = [str(product["id"]) for product in page.products]
        return _after_page(job, cursor, page, await self._count_new(job.shop_id, ids))

    def _cursor(self, job: Job) -> SearchCursor:
        saved = (job.state or {}).get("cursor")
        return SearchCursor.load(saved) if saved else first_cursor(int(self.services.now().timestamp()))

    async def _lane_is_full(self, shop_id: str) -> bool:
        keys = lane_keys(shop_id)
        if await self.redis.execute_command("HLEN", keys.jobs) <= HIGH_WATER:
            return False
        return int(await self.redis.execute_command("LLEN", keys.waiting)) > HIGH_WATER / 2

    async def _count_new(self, shop_id: str, ids: Sequence[str]) -> int:
        """Count the products that are neither queued, nor in audit, nor blocked."""
        if not ids:
            return 0
        keys = lane_keys(shop_id)
        audits = [f"audit:{each}" for each in ids]
        queued = await self.redis.execute_command("HMGET", keys.jobs, *ids, *audits)
        blocked = await self.redis.execute_command("HMGET", keys.blocked, *ids)
        count = len(ids)
        known = zip(queued[:count], queued[count:], blocked, strict=True)
        return sum(all(each is None for each in of_product) for of_product in known)


def _after_page(job: Job, cursor: SearchCursor, page: SearchPage, new: int) -> Continue | Done:
    """Queue what the page holds, then read the next page, begin another pass, or end."""
    state = job.state or {}
    found = tuple(
        EnqueueRequest(_relist_job(job, str(each["id"])), skip_if_pending=not job.dry_run) for each in page.products
    )
    pages, fresh = int(state.get("pages") or 0) + 1, int(state.get("fresh") or 0) + new
    following = next_cursor(cursor, page.next_page_token)
    if following is not None:
        return _next_step(replace(job, state={**state, "pages": pages, "fresh": fresh}), following, found)
    passes = int(state.get("passes") or 0) + 1
    if pages > 1 and fresh and passes < MAX_PASSES and not job.dry_run:
        kept = {name: value for name, value in state.items() if name not in PASS_STATE}
        return Continue(replace(job, state={**kept, "passes": passes}), NEXT_PASS_SECONDS, found)
    return Done(Outcome("done"), found, publish=False)


def _relist_job(job: Job, product_id: str) -> Job:
    state: dict[str, Any] = {}
    if (job.filter or ALL_ON_V1).get("category_version") == "v1":
        state[ON_V1] = True
    if (job.state or {}).get("ask_platform"):
        state["ask_platform"] = True
    return Job(
        job.shop_id,
        product_id,
        run_id=job.run_id,
        trace_id=job.trace_id,
        dry_run=job.dry_run,
        priority=job.priority,
        state=state or None,
    )


def _next_step(job: Job, cursor: SearchCursor, found: tuple[EnqueueRequest, ...] = ()) -> Continue:
    return Continue(replace(job, state={**(job.state or {}), "cursor": cursor.dump()}), 0.0, found)
