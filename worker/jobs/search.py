"""Finds a shop's products still on v1, a page a step, and keeps the lane between a low and a high water mark."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from shop_queue.connect import AnyRedis
from shop_queue.job import Job
from shop_queue.keys import lane_keys
from shop_queue.lanes import Addition
from shop_queue.outcome import Outcome
from shop_queue.progress import begin_sweep
from tiktok_shop.errors import TikTokShopError
from tiktok_shop.search_window import WINDOW_EXCEEDED, SearchCursor, advance, begin, halve, overflows, request
from worker.engine.results import Continue, Done, Result, Snooze
from worker.engine.shop_gate import JobGate
from worker.services import Services

HIGH_WATER = 2_000
LOW_WATER_SECONDS = 2.0
"""How long a search rests when the lane is full."""
ON_V1: dict[str, Any] = {"category_version": "v1"}


@dataclass(frozen=True, slots=True)
class Search:
    services: Services
    redis: AnyRedis

    async def __call__(self, job: Job, gate: JobGate) -> Result:
        if await self.redis.execute_command("HLEN", lane_keys(job.shop_id).jobs) > HIGH_WATER:
            waiting = await self.redis.execute_command("LLEN", lane_keys(job.shop_id).waiting)
            if waiting > HIGH_WATER / 2:
                return Snooze(LOW_WATER_SECONDS, "the lane is full")
        state = job.state or {}
        cursor = (
            SearchCursor.load(state["cursor"]) if "cursor" in state else begin(int(self.services.now().timestamp()))
        )
        body, page_token = request(cursor, job.filter or ON_V1)
        _, client = await self.services.client_for(job.shop_id, gate)
        try:
            page = await client.search_products(body, page_token)
        except TikTokShopError as error:
            if error.code == WINDOW_EXCEEDED and cursor.last > cursor.first:
                return _onward(job, halve(replace(cursor, page_token="")), ())
            raise
        if not state and job.filter is None:
            await begin_sweep(self.redis, job.shop_id, page.total_count)
        if overflows(cursor, page.total_count):
            return _onward(job, halve(cursor), ())
        found = tuple(
            Addition(
                Job(
                    job.shop_id,
                    str(product["id"]),
                    run_id=job.run_id,
                    trace_id=job.trace_id,
                    dry_run=job.dry_run,
                    priority=job.priority,
                ),
                unless_settled=not job.dry_run,
            )
            for product in page.products
            if product.get("id")
        )
        following = advance(cursor, page.total_count, page.next_page_token)
        if following is None:
            return Done(Outcome("done"), found, publish=False)
        return _onward(job, following, found)


def _onward(job: Job, cursor: SearchCursor, found: tuple[Addition, ...]) -> Continue:
    return Continue(replace(job, state={**(job.state or {}), "cursor": cursor.dump()}), 0.0, found)
