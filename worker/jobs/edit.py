"""Edits a product for any job kind: reads it, plans, records the edit durably, sends it, and follows its audit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from model.job import Job
from model.job_state import RelistState, stored_state
from model.shop import Shop
from relisting.answered_fields import decided_names
from relisting.planned import PlannedEdit
from relisting.review import (
    approval_causes,
    has_other_content,
    holds_edit,
    review_status,
    shows_no_review,
)
from shop_queue.cancelling import CANCELLED
from tiktok_shop.errors import ProductProblem, StaleCatalogue, TikTokShopError
from tiktok_shop.shop_client import ShopClient
from worker.engine.call_permits import Access, JobPermits, LeaseOver
from worker.engine.results import Done, Result, Retry, Snooze, StopWorker, Wait
from worker.jobs.earlier_edit import has_uncommitted_edit
from worker.jobs.edit_results import accepted, accepted_before, response_lost
from worker.jobs.fresh_catalogue import with_fresh_catalogue
from worker.jobs.learning import legacy_refusal, note_acceptance, note_refusal
from worker.jobs.recording import GIVEN_UP, open_edit, record_answer, record_edit, record_error, record_not_sent
from worker.jobs.rollout_gate import RolloutGate
from worker.jobs.sent_before import edited_version, followed, live_edit, live_without_field, sent_before
from worker.jobs.waiting import wait_for_review
from worker.services import Services

FRESH_SECONDS = 5.0
"""Maximum age of the read on which an edit is based, at the time of sending."""
MAX_READS = 5
STALE_READ_SECONDS = 60.0
"""Seconds for which a job waits if all its edits were too late after their reads."""
NO_VERSION_UNDER_REVIEW = 12052547

Planner = Callable[[dict[str, Any]], Awaitable[PlannedEdit | Done | Wait]]
"""Decides about a product as read: the edit, or the job's result without an edit."""


class StaleRead(Exception):
    """The edit must not be sent: the product may have changed since it was read."""


@dataclass(slots=True)
class ProductRead:
    product: dict[str, Any]
    is_under_review: bool = False
    """Whether it is the version under review, which an operator decided to edit."""
    asked_at: float = 0.0
    at: float = field(default_factory=lambda: time.monotonic())

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.at <= FRESH_SECONDS


async def edit(
    services: Services, job: Job, shop: Shop, client: ShopClient, permits: JobPermits, planner: Planner
) -> Result:
    """Reads, plans and sends. Every edit of a product uses this function.

    An edit is sent only if its read is at most `FRESH_SECONDS` old, no version of the product is under review (unless
    an operator decided to edit that version), the rollout admits it, and the record entry is durable. Raises
    RecordUnavailable, StopWorker, TikTokShopError, and the
    errors of RolloutGate.
    """
    async with RolloutGate(services, job, shop) as gate:
        if not job.dry_run and (sent := services.edits.accepted(job)):
            return await accepted_before(services, job, sent, gate)
        gate.take_over_sent()
        if held := await gate.still_held():
            if not gate.is_first_ask or not await has_uncommitted_edit(services, job):
                return held
            # An edit sent before the cause was stopped is followed.
            services.held.forget(job)
        if not job.dry_run:
            # An edit whose response was lost may have arrived, which only a read shows.
            is_lost = bool(stored_state(job.kind, job.state).sent_at)
            if not is_lost and (parked := services.quotas.still_used_up(job.shop_id, services.now())):
                return parked
            await permits.reserve("write")
        return await _edit(services, job, shop, client, permits, planner, gate)


async def _edit(
    services: Services,
    job: Job,
    shop: Shop,
    client: ShopClient,
    permits: JobPermits,
    planner: Planner,
    gate: RolloutGate,
) -> Result:
    read = await _read(job, client)

    async def attempt() -> Result:
        nonlocal read
        for _ in range(MAX_READS):
            plan = await planner(read.product)
            is_decided = job.dry_run or read.is_under_review or _is_gone(plan)
            if not is_decided and (status := await _review(client, read.product, plan)):
                return await _while_under_review(services, job, client, read, plan, status, gate)
            if live := await live_edit(services, job, read.product, plan):
                return await gate.ended(live)
            if not is_decided and (done := await live_without_field(services, job, client, read.product, plan, gate)):
                return done
            if not isinstance(plan, PlannedEdit):
                return await gate.ended(plan)
            if not read.is_under_review:
                earlier = await sent_before(services, job, client, read.product, plan, gate)
                if earlier is not None:
                    return earlier
            await permits.reserve("write")
            if services.cancelled is not None and await services.cancelled.includes(job):
                return Done(CANCELLED)
            if held := await gate.admit(read.product, plan):
                return held
            try:
                return await _send(services, job, shop, client, permits, read, plan, gate)
            except StaleRead:
                # The seller may have changed the product since. An edit based on the old read would revert that.
                read = await _read(job, client)
        return Snooze(STALE_READ_SECONDS, "every edit came too late after its read")

    return await with_fresh_catalogue(services.catalogue, shop, attempt)


async def _read(job: Job, client: ShopClient) -> ProductRead:
    """The live version; the version under review if an operator decided to edit that.

    Such an edit keeps the seller's changes, since it is based on the version that contains them.
    """
    asked_at = time.monotonic()
    read = ProductRead(await client.get_product(job.product_id), asked_at=asked_at)
    state = stored_state(job.kind, job.state)
    decided = isinstance(state, RelistState) and state.over_review and not state.sent_at and not job.dry_run
    if not decided or not (review_status(read.product) or shows_no_review(read.product)):
        return read
    try:
        version = await client.get_product(job.product_id, under_review=True)
        return ProductRead(version, is_under_review=True, asked_at=asked_at)
    except ProductProblem as problem:
        if problem.code != NO_VERSION_UNDER_REVIEW:
            raise
        return read


async def _review(client: ShopClient, product: dict[str, Any], plan: PlannedEdit | Done | Wait) -> str:
    """The audit status of a version under review; empty if there is none.

    A product without an audit status is read once more before an edit: an edit based on the live version would revert
    the seller's changes in the version under review.
    """
    if (status := review_status(product)) or not (isinstance(plan, PlannedEdit) and shows_no_review(product)):
        return status
    try:
        version = await client.get_product(str(product["id"]), under_review=True)
    except ProductProblem as problem:
        if problem.code != NO_VERSION_UNDER_REVIEW:
            raise
        return ""
    return "AUDITING" if has_other_content(version, product) else ""


def _is_gone(plan: PlannedEdit | Done | Wait) -> bool:
    """Whether the product is deleted: a review of it that has not ended changes nothing."""
    return isinstance(plan, Done) and plan.outcome.outcome == "gone"


async def _while_under_review(
    services: Services,
    job: Job,
    client: ShopClient,
    read: ProductRead,
    plan: PlannedEdit | Done | Wait,
    status: str,
    gate: RolloutGate,
) -> Result:
    """Follows the version under review if it is the edit of this job that was not committed. Waits for any other."""
    ours = await open_edit(services, job, plan.category_id) if isinstance(plan, PlannedEdit) else None
    # The seller's own version may equal the product after the edit and still be on v1.
    if isinstance(plan, PlannedEdit) and (ours is not None or stored_state(job.kind, job.state).sent_at):
        try:
            version = await client.get_product(job.product_id, under_review=True)
        except ProductProblem as problem:
            if problem.code != NO_VERSION_UNDER_REVIEW:
                raise
        else:
            if holds_edit(version, plan.body) and _has_answers(job, plan, ours.edit if ours is not None else version):
                done = await followed(services, job, plan, ours)
                return await gate.found(edited_version(read.product, ours), plan, done)
    return wait_for_review(services, job, status, approval_causes(read.product))


def _has_answers(job: Job, plan: PlannedEdit, sent: Mapping[str, Any]) -> bool:
    """Whether the edit that was sent has the fields that people have answered, perhaps since."""
    return all(sent.get(name) == plan.body.get(name) for name in decided_names(job.fields or {}))


async def _send(
    services: Services,
    job: Job,
    shop: Shop,
    client: ShopClient,
    permits: JobPermits,
    read: ProductRead,
    plan: PlannedEdit,
    gate: RolloutGate,
) -> Result:
    """Records the edit durably, then sends it. Raises StaleRead, RecordUnavailable, TikTokShopError, LeaseOver."""
    if not read.is_fresh:
        raise StaleRead
    is_sent = False
    edit_id = await record_edit(services, job, read.product, plan, gate.decision, gate.levels)

    def check(access: Access) -> None:
        nonlocal is_sent
        if access == "write":
            if not read.is_fresh or services.edits.other_sent_since(job, read.asked_at):
                raise StaleRead
            services.edits.check(job)
            services.edits.sending(job)
            is_sent = True

    permits.on_send = check
    try:
        response = await client.edit_product(job.product_id, plan.body)
        # This comes before anything that could fail, since the edit must not be sent again.
        services.edits.remember(job, plan, response, edit_id, gate.places)
    except StaleRead:
        await record_not_sent(services, edit_id, "the product had to be read again: the read was too old")
        raise
    except (LeaseOver, StopWorker, asyncio.CancelledError) as stopped:
        if not is_sent or not isinstance(stopped, asyncio.CancelledError):
            await record_not_sent(services, edit_id, GIVEN_UP)
        raise
    except TikTokShopError as error:
        return gate.keep(await _not_accepted(services, job, shop, plan, edit_id, error))
    finally:
        permits.on_send = None
    done = accepted(services, job, plan, response, edit_id, looks_again=gate.looks_again(response.warnings))
    await record_answer(services, job, edit_id, done.outcome, is_leased=permits.is_leased)
    await note_acceptance(services, shop.region, plan)
    return await gate.accepted(done, response.warnings)


async def _not_accepted(
    services: Services, job: Job, shop: Shop, plan: PlannedEdit, edit_id: int, error: TikTokShopError
) -> Retry:
    """The result of an edit that may have arrived although its response was lost. Other errors are re-raised."""
    if isinstance(error, StaleCatalogue):
        error.category_id = plan.category_id
        error = legacy_refusal(plan, error) or error
    if lost := response_lost(services, job, error):
        return lost
    await record_error(services, edit_id, error)
    if isinstance(error, ProductProblem):
        await note_refusal(services, shop.region, plan, error)
    raise error
