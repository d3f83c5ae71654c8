"""Finds a shop's products that are still on v1, one page per step, and pauses while the lane is full.

Products leave the result while it is read, so later pages move up and some products are skipped. A search of several
pages is therefore repeated until a pass finds nothing new.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from model.job import Job
from model.job_state import RelistState, SearchState, state_of
from model.outcome import Outcome
from redis_client.connect import AnyRedis
from redis_client.memory import has_room
from shop_queue.producer import EnqueueRequest
from shop_queue.reader import LaneReader
from shop_queue.run_progress import begin_progress
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
        if state_of(job.state, SearchState) == SearchState() and job.filter is None and not job.dry_run:
            await begin_progress(self.redis, job.shop_id, page.total_count)
        if exceeds_window(cursor, page.total_count):
            return _next_step(job, halve(cursor))
        marked = await self.services.deleted.marked(job.shop_id, page.products)
        page = replace(page, products=tuple(row for row in marked if row.get("status") != "DELETED"))
        ids = [str(product["id"]) for product in page.products]
        new = await LaneReader(self.redis).unknown_products(job.shop_id, ids)
        return _after_page(job, cursor, page, len(new))

    def _cursor(self, job: Job) -> SearchCursor:
        saved = state_of(job.state, SearchState).cursor
        return SearchCursor.load(dict(saved)) if saved else first_cursor(int(self.services.now().timestamp()))

    async def _lane_is_full(self, shop_id: str) -> bool:
        backlog = await LaneReader(self.redis).backlog(shop_id)
        is_long = backlog.jobs > HIGH_WATER and backlog.waiting > HIGH_WATER / 2
        return is_long or not await has_room(self.redis)


def _after_page(job: Job, cursor: SearchCursor, page: SearchPage, new: int) -> Continue | Done:
    """Queue what the page holds, then read the next page, begin another pass, or end."""
    state = state_of(job.state, SearchState)
    found = tuple(
        EnqueueRequest(_relist_job(job, str(each["id"])), skip_if_pending=not job.dry_run) for each in page.products
    )
    pages, fresh = state.pages + 1, state.fresh + new
    following = next_cursor(cursor, page.next_page_token)
    if following is not None:
        return _next_step(replace(job, state=replace(state, pages=pages, fresh=fresh)), following, found)
    passes = state.passes + 1
    if pages > 1 and fresh and passes < MAX_PASSES and not job.dry_run:
        next_pass = replace(state, cursor=None, pages=0, fresh=0, passes=passes)
        return Continue(replace(job, state=next_pass), NEXT_PASS_SECONDS, found)
    return Done(Outcome("done"), found, publish=False)


def _relist_job(job: Job, product_id: str) -> Job:
    state = RelistState(
        on_v1=(job.filter or ALL_ON_V1).get("category_version") == "v1",
        ask_platform=state_of(job.state, SearchState).ask_platform,
    )
    return Job(
        job.shop_id,
        product_id,
        run_id=job.run_id,
        trace_id=job.trace_id,
        dry_run=job.dry_run,
        priority=job.priority,
        state=state if state != RelistState() else None,
    )


def _next_step(job: Job, cursor: SearchCursor, found: tuple[EnqueueRequest, ...] = ()) -> Continue:
    return Continue(replace(job, state=replace(state_of(job.state, SearchState), cursor=cursor.dump())), 0.0, found)
