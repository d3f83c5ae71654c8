"""Finds a shop's products, by default those still on v1, and enqueues a relist job for each of them.

Each step reads one page. Between slices the search pauses while the lane is full. It ends with a published outcome that
counts found, enqueued, skipped and unreachable products. search_progress.py explains why no product is missed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog

from model.job import Job
from model.job_state import RelistState, SearchState, state_of
from model.outcome import Outcome, Reason
from redis_client.connect import AnyRedis
from redis_client.memory import has_room
from shop_queue.cancelling import CANCELLED, is_cancelled
from shop_queue.producer import EnqueueRequest
from shop_queue.reader import LaneReader
from shop_queue.run_progress import begin_progress, note_unseen
from tiktok_shop.errors import TikTokShopError
from tiktok_shop.product_responses import SearchPage
from tiktok_shop.search_window import WINDOW_EXCEEDED
from tiktok_shop.shop_client import ShopClient
from worker.engine.call_permits import JobPermits
from worker.engine.results import Continue, Done, Result, Snooze
from worker.error_policy import result_of
from worker.jobs.recording import record_found
from worker.jobs.search_progress import (
    PageTally,
    SearchProgress,
    after_page,
    after_refusal,
    final_counts,
    start,
    unread_rows,
)
from worker.services import Services

HIGH_WATER = 2_000
LOW_WATER_SECONDS = 2.0
"""Seconds for which a search waits while the lane is full."""
ALL_ON_V1: dict[str, Any] = {"category_version": "v1"}

log = structlog.get_logger("relist.jobs")


@dataclass(frozen=True, slots=True)
class Search:
    services: Services
    redis: AnyRedis

    async def __call__(self, job: Job, permits: JobPermits) -> Result:
        if await is_cancelled(self.redis, job.shop_id, job.run_id):
            return Done(CANCELLED)
        search = job.filter or ALL_ON_V1
        progress = _progress_of(job) or start(search)
        if not progress.page_token and await self._lane_is_full(job.shop_id):
            return Snooze(LOW_WATER_SECONDS, "the lane is full")
        _, client = await self.services.client_for(job.shop_id, permits)
        try:
            if not progress.slices:
                return await self._end(job, client, progress)
            return await self._read_page(job, client, progress)
        except TikTokShopError as error:
            return failed_search(error, self.services, final_counts(progress))

    async def _read_page(self, job: Job, client: ShopClient, progress: SearchProgress) -> Result:
        search, now = job.filter or ALL_ON_V1, int(self.services.now().timestamp())
        try:
            page = await client.search_products(progress.slices[0].body(search), progress.page_token)
        except TikTokShopError as error:
            if error.code != WINDOW_EXCEEDED:
                raise
            return _go_on(job, after_refusal(progress, search, now))
        if _is_new(job):
            progress = replace(progress, counts={"total": page.total_count})
            if _is_sweep(job):
                await begin_progress(self.redis, job.shop_id, page.total_count)
        # Some rows do not show that the product was deleted; only the product itself does.
        page = replace(
            page, products=tuple(await self.services.deleted.with_deleted_status(job.shop_id, page.products))
        )
        ids = [str(row["id"]) for row in page.products if not _is_deleted(row)]
        known = await LaneReader(self.redis).found_products(job.shop_id, ids)
        step = after_page(progress, _tally(page, len(known.new)), search, now)
        drafts = {str(row["id"]) for row in page.products if _is_draft(row)}
        found = tuple(
            EnqueueRequest(_relist_job(job, each), skip_if_pending=not job.dry_run, is_draft=each in drafts)
            for each in ids
        )
        if not step.is_accepted:
            return _go_on(job, step.progress)
        if not job.dry_run:
            await record_found(self.services, job, ids, known.blocked)
        if _is_sweep(job) and step.progress.slices:
            await note_unseen(self.redis, job.shop_id, unread_rows(step.progress))
        if not step.progress.slices and _is_new(job):
            # A single response contained the whole search, so no comparison is needed.
            return await self._done(job, step.progress, final_counts(step.progress), found)
        return _go_on(job, step.progress, found)

    async def _end(self, job: Job, client: ShopClient, progress: SearchProgress) -> Result:
        """Compares the found products with the platform's total, which can only have fallen since."""
        counts = final_counts(progress)
        page = await client.search_products(job.filter or ALL_ON_V1, page_size=1)
        counts["platform_total"] = page.total_count
        return await self._done(job, progress, counts, ())

    async def _done(
        self, job: Job, progress: SearchProgress, counts: dict[str, int], found: tuple[EnqueueRequest, ...]
    ) -> Done:
        if _is_sweep(job):
            await note_unseen(self.redis, job.shop_id, counts["unreachable"] + counts["unreadable"])
        reasons = incompleteness(counts, is_changing=bool(progress.counts.get("changing")))
        if reasons:
            messages = [each.message for each in reasons]
            log.warning("search_incomplete", shop_id=job.shop_id, job_id=job.id, reasons=messages)
        return Done(Outcome("done", reasons=reasons, counts=counts), found)

    async def _lane_is_full(self, shop_id: str) -> bool:
        backlog = await LaneReader(self.redis).backlog(shop_id)
        is_long = backlog.jobs > HIGH_WATER and backlog.waiting > HIGH_WATER / 2
        return is_long or not await has_room(self.redis)


def failed_search(error: TikTokShopError, services: Services, counts: Mapping[str, int]) -> Result:
    """The result of a search or upgrade that met this error: wait, retry or `failed`, but never `needs_input`."""
    result = result_of(error, services.now())
    if not isinstance(result, Done):
        return result
    reason = Reason(str(error.code), error.message, error.actor or "operator", error.field)
    return Done(Outcome("failed", request_id=error.request_id, reasons=(reason,), counts=counts))


def incompleteness(counts: Mapping[str, int], *, is_changing: bool) -> tuple[Reason, ...]:
    """The reasons why part of the catalogue may not have been found. Pure."""
    messages = []
    if counts["unreachable"]:
        messages.append(f"Products that no filter can reach: {counts['unreachable']}.")
    if counts["unreadable"]:
        messages.append(f"Rows of the search that could not be read: {counts['unreadable']}.")
    if is_changing:
        messages.append("The catalogue changed while it was read, although it was repeated: search again later.")
    missing = counts.get("platform_total", 0) - counts["found"]
    if missing > 0:
        messages.append(f"Products that the platform counts and the search did not find: {missing}.")
    return tuple(Reason("search_incomplete", message, "platform") for message in messages)


def _is_sweep(job: Job) -> bool:
    """Whether the search covers all products on v1, so that its progress is shown."""
    return job.filter is None and not job.dry_run


def _progress_of(job: Job) -> SearchProgress | None:
    cursor = state_of(job.state, SearchState).cursor
    return SearchProgress.load(cursor) if cursor else None


def _is_new(job: Job) -> bool:
    return _progress_of(job) is None


def _go_on(job: Job, progress: SearchProgress, found: tuple[EnqueueRequest, ...] = ()) -> Continue:
    state = replace(state_of(job.state, SearchState), cursor=progress.dump())
    return Continue(replace(job, state=state), 0.0, found)


def _tally(page: SearchPage, new: int) -> PageTally:
    deleted = sum(_is_deleted(row) for row in page.products)
    rows = len(page.products) + page.unreadable
    return PageTally(page.total_count, page.next_page_token, rows, new, deleted, page.unreadable)


def _is_deleted(row: Mapping[str, Any]) -> bool:
    """Searches without a status filter return deleted products too (live, Mexico, 2026-08-13: 22 % of the rows)."""
    return "DELETED" in _statuses(row)


def _is_draft(row: Mapping[str, Any]) -> bool:
    return "DRAFT" in _statuses(row)


def _statuses(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row.get("status") or "").upper(), str(row.get("product_status") or "").upper()


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
