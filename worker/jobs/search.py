"""Finds a shop's products still on v1, a page a step, and keeps the lane between a low and a high water mark.

Products leave the result while it is being read, so later pages move up and some are passed over: a search of several
pages is repeated until a pass finds nothing new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from model.job import Job
from model.job_state import RelistState, SearchState, state_of
from model.outcome import Outcome
from redis_client.connect import AnyRedis
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest
from shop_queue.run_progress import begin_sweep
from tiktok_shop.errors import TikTokShopError
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
"""How long a search rests when the lane is full."""
ALL_ON_V1: dict[str, Any] = {"category_version": "v1"}
MOST_PASSES = 10
NEXT_PASS_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Search:
    services: Services
    redis: AnyRedis

    async def __call__(self, job: Job, permits: JobPermits) -> Result:
        if await self._lane_is_full(job.shop_id):
            return Snooze(LOW_WATER_SECONDS, "the lane is full")
        state = state_of(job.state, SearchState)
        if state.cursor is not None:
            cursor = SearchCursor.load(dict(state.cursor))
        else:
            cursor = first_cursor(int(self.services.now().timestamp()))
        body, page_token = page_request(cursor, job.filter or ALL_ON_V1)
        _, client = await self.services.client_for(job.shop_id, permits)
        try:
            page = await client.search_products(body, page_token)
        except TikTokShopError as error:
            if error.code == WINDOW_EXCEEDED and cursor.last > cursor.first:
                return _onward(job, state, halve(replace(cursor, page_token="")))
            raise
        if state.cursor is None and not state.passes and job.filter is None and not job.dry_run:
            await begin_sweep(self.redis, job.shop_id, page.total_count)
        if exceeds_window(cursor, page.total_count):
            return _onward(job, state, halve(cursor))
        ids = [str(product["id"]) for product in page.products if product.get("id")]
        found = tuple(EnqueueRequest(_relist(job, each), skip_if_pending=not job.dry_run) for each in ids)
        pages = state.pages + 1
        fresh = state.fresh + await self._fresh(job.shop_id, ids)
        following = next_cursor(cursor, page.next_page_token)
        if following is not None:
            return _onward(job, replace(state, pages=pages, fresh=fresh), following, found)
        passes = state.passes + 1
        if pages > 1 and fresh and passes < MOST_PASSES and not job.dry_run:
            next_pass = replace(state, cursor=None, pages=0, fresh=0, passes=passes)
            return Continue(replace(job, state=next_pass), NEXT_PASS_SECONDS, found)
        return Done(Outcome("done"), found, publish=False)

    async def _lane_is_full(self, shop_id: str) -> bool:
        keys = lane_keys(shop_id)
        if await self.redis.execute_command("HLEN", keys.jobs) <= HIGH_WATER:
            return False
        return int(await self.redis.execute_command("LLEN", keys.waiting)) > HIGH_WATER / 2

    async def _fresh(self, shop_id: str, ids: Sequence[str]) -> int:
        """How many the service does not have in hand: neither queued, nor in an audit, nor waiting for a person."""
        if not ids:
            return 0
        keys = lane_keys(shop_id)
        audits = [f"audit:{each}" for each in ids]
        queued = await self.redis.execute_command("HMGET", keys.jobs, *ids, *audits)
        blocked = await self.redis.execute_command("HMGET", keys.blocked, *ids)
        count = len(ids)
        known = zip(queued[:count], queued[count:], blocked, strict=True)
        return sum(all(each is None for each in of_one) for of_one in known)


def _relist(job: Job, product_id: str) -> Job:
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


def _onward(job: Job, state: SearchState, cursor: SearchCursor, found: tuple[EnqueueRequest, ...] = ()) -> Continue:
    return Continue(replace(job, state=replace(state, cursor=cursor.dump())), 0.0, found)
