"""Edits a product for any job kind: reads it, plans, records the edit durably, sends it, and follows its audit."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from model.job import Job
from model.job_state import AcceptedEdit
from model.outcome import Outcome
from model.shop import Shop
from relisting.planned import AlreadyMigrated, Gone, NeedsInput, PlannedEdit, Waiting
from shop_queue.producer import EnqueueRequest
from tiktok_shop.errors import ProductProblem, StaleCatalogue, TikTokShopError
from tiktok_shop.product_responses import EditResponse
from tiktok_shop.shop_client import ShopClient
from worker.engine.call_permits import JobPermits
from worker.engine.results import Done, Result, Snooze, Wait
from worker.jobs.audit import audit_job
from worker.jobs.fresh_catalogue import with_fresh_catalogue
from worker.jobs.learning import note_acceptance, note_refusal
from worker.jobs.platform_wait import wait_for_platform
from worker.jobs.recording import record_answer, record_edit, record_error, record_not_sent
from worker.jobs.rollout_gate import RolloutGate
from worker.services import Services

FRESH_SECONDS = 5.0
"""Maximum age of the read that an edit is based on."""
MAX_READS = 5
STALE_READ_SECONDS = 60.0
"""How long a job waits when its write permits keep coming too late after its reads."""

Planner = Callable[[dict[str, Any]], Awaitable[PlannedEdit | Done | Wait]]
"""Decides what to do with a product as read: an edit, or the result of the job without one."""


@dataclass(slots=True)
class ProductRead:
    product: dict[str, Any]
    at: float = field(default_factory=time.monotonic)

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.at <= FRESH_SECONDS


async def edit(
    services: Services, job: Job, shop: Shop, client: ShopClient, permits: JobPermits, planner: Planner
) -> Result:
    """Reads, plans, and sends once a write permit and the rollout's admission are there.

    Raises RecordUnavailable, TikTokShopError, and what the rollout raises.
    """
    async with RolloutGate(services, job, shop) as gate:
        return await gate.still_held() or await _edit(services, job, shop, client, permits, planner, gate)


async def _edit(
    services: Services,
    job: Job,
    shop: Shop,
    client: ShopClient,
    permits: JobPermits,
    planner: Planner,
    gate: RolloutGate,
) -> Result:
    read = ProductRead(await client.get_product(job.product_id))

    async def attempt() -> Result:
        nonlocal read
        for _ in range(MAX_READS):
            plan = await planner(read.product)
            if not isinstance(plan, PlannedEdit):
                return plan
            await permits.reserve("write")
            if held := await gate.admit(read.product, plan):
                return held
            if read.is_fresh and (done := await _send(services, job, shop, client, read, plan, gate)) is not None:
                return done
            # The seller may have changed the product while the job waited for its permit. An edit based on the old
            # read would revert that change.
            read = ProductRead(await client.get_product(job.product_id))
        return Snooze(STALE_READ_SECONDS, "every write permit came too late after the read")

    return await with_fresh_catalogue(services.catalogue, shop, attempt)


def without_edit(
    services: Services, job: Job, plan: NeedsInput | AlreadyMigrated | Waiting | Gone, product: Mapping[str, Any]
) -> Done | Wait:
    """The result of a job whose plan has no edit, with the title by which the seller recognises the product."""
    if isinstance(plan, AlreadyMigrated):
        return Done(Outcome("already_v2", plan.category_id, warnings=plan.warnings))
    if isinstance(plan, Gone):
        return Done(Outcome("gone", reasons=(plan.reason,)))
    if isinstance(plan, Waiting):
        if job.dry_run:
            return Done(Outcome("waiting", plan.category_id, reasons=(plan.reason,)))
        return wait_for_platform(services, job, plan)
    outcome = Outcome(
        "needs_input",
        plan.category_id,
        reasons=plan.reasons,
        warnings=plan.warnings,
        title=str(product.get("title") or ""),
        category_path=plan.category_path,
    )
    return Done(outcome)


async def _send(
    services: Services,
    job: Job,
    shop: Shop,
    client: ShopClient,
    read: ProductRead,
    plan: PlannedEdit,
    gate: RolloutGate,
) -> Done | None:
    """Records the edit durably, then sends it. Returns None if the read has become too old meanwhile.

    Raises RecordUnavailable, TikTokShopError.
    """
    edit_id = await record_edit(services, job, read.product, plan, gate.decision)
    if not read.is_fresh:
        await record_not_sent(services, edit_id, "the product had to be read again: recording the edit took too long")
        return None
    try:
        answer = await client.edit_product(job.product_id, plan.body)
    except TikTokShopError as error:
        if isinstance(error, StaleCatalogue):
            error.category_id = plan.category_id
        await record_error(services, edit_id, error)
        if isinstance(error, ProductProblem):
            await note_refusal(services, shop.region, plan, error)
        raise
    done = accepted(services, job, plan, answer, edit_id, looks_again=gate.looks_again(answer.warnings))
    await record_answer(services, job, edit_id, done.outcome)
    await note_acceptance(services, shop.region, plan)
    return await gate.accepted(done, answer.warnings)


def accepted(
    services: Services, job: Job, plan: PlannedEdit, answer: EditResponse, edit_id: int, *, looks_again: bool = False
) -> Done:
    """The result of an accepted edit. A follow-up job waits for the end of its audit.

    `looks_again`: the edit must be read back, so the follow-up job is needed even without an audit.
    """
    # Drafts are not audited. A product that must stay off sale is looked at once more, however it was approved.
    relisted = (answer.audit_status == "APPROVED" and not plan.off_sale) or plan.body.get("save_mode") == "AS_DRAFT"
    relisted = relisted and not looks_again
    outcome = Outcome(
        "relisted" if relisted else "in_audit",
        plan.category_id,
        answer.request_id,
        warnings=(*plan.warnings, *answer.warnings),
        product_id=answer.product_id,
    )
    if relisted:
        return Done(outcome)
    now = services.transport.timestamp()
    edit = AcceptedEdit(plan.category_id, answer.request_id or "", now, plan.off_sale, edit_id)
    follow_up = audit_job(job, answer.product_id, edit)
    return Done(outcome, (EnqueueRequest(follow_up, delay_seconds=services.audit_poll_seconds),))
