"""An edit of a product, whatever it is for: from a fresh read, in the record first, and its audit followed."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from model.job import Job
from model.outcome import Outcome
from model.shop import Shop
from relisting.planned import NeedsInput, PlannedEdit
from shop_queue.producer import EnqueueRequest
from tiktok_shop.errors import StaleCatalogue, TikTokShopError
from tiktok_shop.product_responses import EditResponse
from tiktok_shop.shop_client import ShopClient
from worker.engine.call_permits import JobPermits
from worker.engine.results import Done, Result, Snooze
from worker.jobs.audit import audit_job
from worker.jobs.fresh_catalogue import with_fresh_catalogue
from worker.jobs.recording import record_answer, record_edit, record_error, record_not_sent
from worker.services import Services

FRESH_SECONDS = 5.0
"""An edit that follows its read within this needs no second look at the product."""
MOST_READS = 5
RESTLESS_SECONDS = 60.0

PlanOf = Callable[[dict[str, Any]], Awaitable[PlannedEdit | Done]]
"""What to do with a product as read: an edit, or the job's end without one."""


@dataclass(slots=True)
class Read:
    product: dict[str, Any]
    at: float = field(default_factory=time.monotonic)

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.at <= FRESH_SECONDS


async def edit(
    services: Services, job: Job, shop: Shop, client: ShopClient, gate: JobPermits, plan_of: PlanOf
) -> Result:
    """Reads, plans, and sends when the turn to write has come. Raises RecordUnavailable, TikTokShopError."""
    read = Read(await client.get_product(job.product_id))

    async def attempt() -> Result:
        nonlocal read
        for _ in range(MOST_READS):
            plan = await plan_of(read.product)
            if isinstance(plan, Done):
                return plan
            await gate.hold("write")
            if read.is_fresh and (done := await _send(services, job, client, read, plan)) is not None:
                return done
            # While the job waited for its turn, the seller may have changed the product: an edit made from the old
            # one would take that back.
            read = Read(await client.get_product(job.product_id))
        return Snooze(RESTLESS_SECONDS, "no read is fresh when the turn to write comes")

    return await with_fresh_catalogue(services.catalogue, shop, attempt)


def unready(plan: NeedsInput, product: Mapping[str, Any]) -> Outcome:
    """With what the people who must act know the product by."""
    return Outcome(
        "needs_input",
        plan.category_id,
        reasons=plan.reasons,
        warnings=plan.warnings,
        title=str(product.get("title") or ""),
        category_path=plan.category_path,
    )


async def _send(services: Services, job: Job, client: ShopClient, read: Read, plan: PlannedEdit) -> Done | None:
    """Into the record first, then to the platform; None when the read has aged meanwhile.

    Raises RecordUnavailable, TikTokShopError.
    """
    edit_id = await record_edit(services, job, read.product, plan)
    if not read.is_fresh:
        await record_not_sent(services, edit_id, "the product had to be read again: the record took long")
        return None
    try:
        answer = await client.edit_product(job.product_id, plan.body)
    except TikTokShopError as error:
        if isinstance(error, StaleCatalogue):
            error.category_id = plan.category_id
        await record_error(services, edit_id, error)
        raise
    done = accepted(services, job, plan, answer, edit_id)
    await record_answer(services, job, edit_id, done.outcome)
    return done


def accepted(services: Services, job: Job, plan: PlannedEdit, answer: EditResponse, edit_id: int) -> Done:
    """The platform took the edit: done when it needed no audit, else followed to the audit's end."""
    # A draft is saved as a draft, which nobody audits.
    relisted = answer.audit_status == "APPROVED" or plan.body.get("save_mode") == "AS_DRAFT"
    outcome = Outcome(
        "relisted" if relisted else "in_audit",
        plan.category_id,
        answer.request_id,
        warnings=(*plan.warnings, *answer.warnings),
        product_id=answer.product_id,
    )
    if relisted:
        return Done(outcome)
    edited_at = services.transport.timestamp()
    follow_up = audit_job(job, answer.product_id, plan.category_id, answer.request_id, edited_at, edit_id)
    return Done(outcome, (EnqueueRequest(follow_up, delay_seconds=services.audit_poll_seconds),))
