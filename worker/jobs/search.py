"""Finds a shop's products still on v1, a page a step, and keeps the lane between a low and a high water mark.

Products leave the result while it is being read, so later pages move up and some are passed over: a search of several
pages is repeated until a pass finds nothing new.
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
from tiktok_shop.search_window import WINDOW_EXCEEDED, SearchCursor, advance, begin, halve, overflows, request
from worker.engine.call_permits import JobPermits
from worker.engine.results import Continue, Done, Result, Snooze
from worker.services import Services

HIGH_WATER = 2_000
LOW_WATER_SECONDS = 2.0
"""How long a search rests when the lane is full."""
ALL_ON_V1: dict[str, Any] = {"category_version": "v1"}
MOST_PASSES = 10
NEXT_PASS_SECONDS = 5.0
OF_THE_PASS = ("cursor", "pages", "fresh")


@dataclass(frozen=True, slots=True)
class Search:
    services: Services
    redis: AnyRedis

    async def __call__(self, job: Job, gate: JobPermits) -> Result:
        if await self._lane_is_full(job.shop_id):
            return Snooze(LOW_WATER_SECONDS, "the lane is full")
        state = job.state or {}
        if "cursor" in state:
            cursor = SearchCursor.load(state["cursor"])
        else:
            cursor = begin(int(self.services.now().timestamp()))
        body, page_token = request(cursor, job.filter or ALL_ON_V1)
        _, client = await self.services.client_for(job.shop_id, gate)
        try:
            page = await client.search_products(body, page_token)
        except TikTokShopError as error:
            if error.code == WINDOW_EXCEEDED and cursor.last > cursor.first:
                return _onward(job, state, halve(replace(cursor, page_token="")))
            raise
        if not state and job.filter is None and not job.dry_run:
            await begin_sweep(self.redis, job.shop_id, page.total_count)
        if overflows(cursor, page.total_count):
            return _onward(job, state, halve(cursor))
        ids = [str(product["id"]) for product in page.products if product.get("id")]
        found = tuple(EnqueueRequest(_relist(job, each), skip_if_pending=not job.dry_run) for each in ids)
        pages = int(state.get("pages") or 0) + 1
        fresh = int(state.get("fresh") or 0) + await self._fresh(job.shop_id, ids)
        following = advance(cursor, page.total_count, page.next_page_token)
        if following is not None:
            return _onward(job, {**state, "pages": pages, "fresh": fresh}, following, found)
        passes = int(state.get("passes") or 0) + 1
        if pages > 1 and fresh and passes < MOST_PASSES and not job.dry_run:
            kept = {name: value for name, value in state.items() if name not in OF_THE_PASS}
            return Continue(replace(job, state={**kept, "passes": passes}), NEXT_PASS_SECONDS, found)
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


def _onward(job: Job, state: dict[str, Any], cursor: SearchCursor, found: tuple[EnqueueRequest, ...] = ()) -> Continue:
    return Continue(replace(job, state={**state, "cursor": cursor.dump()}), 0.0, found)
