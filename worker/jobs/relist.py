"""The main job: one product, read, planned, journalled, edited; its audit is a job of its own."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from shop_queue.job import Job
from shop_queue.lanes import Addition
from shop_queue.outcome import Outcome, Reason
from shop_queue.shops import Shop
from tiktok_shop.errors import StaleCatalogue, TikTokShopError
from tiktok_shop.shop_client import EditAnswer, ShopClient
from worker.engine.results import Done, Result, Snooze
from worker.engine.shop_gate import JobGate
from worker.jobs.audit import audit_job
from worker.planning import plan_edit
from worker.relist.changes import fingerprint, state_of
from worker.relist.planned import AlreadyThere, PlannedEdit, Unready
from worker.relist.platform_check import check_body, verdict_of
from worker.relist.resolve import old_category
from worker.services import Services

FRESH_SECONDS = 5.0
"""An edit that follows its read within this needs no second look at the product."""
MOST_READS = 5
RESTLESS_SECONDS = 60.0


@dataclass(slots=True)
class Read:
    product: dict[str, Any]
    at: float = field(default_factory=time.monotonic)

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.at <= FRESH_SECONDS


@dataclass(frozen=True, slots=True)
class Relist:
    services: Services

    async def __call__(self, job: Job, gate: JobGate) -> Result:
        shop, client = await self.services.client_for(job.shop_id, gate)
        read = Read(await client.get_product(job.id))
        try:
            return await self._move(job, shop, client, gate, read)
        except StaleCatalogue:
            # The catalogue changed under us: once more with fresh data, then it is the product's problem.
            await self.services.catalogue.forget(shop.region, job.category_id or old_category(read.product)[0])
        try:
            return await self._move(job, shop, client, gate, read)
        except StaleCatalogue as stale:
            reason = Reason(str(stale.code), stale.message, "operator", stale.field)
            return Done(Outcome("needs_input", request_id=stale.request_id, reasons=(reason,)))

    async def _move(self, job: Job, shop: Shop, client: ShopClient, gate: JobGate, read: Read) -> Result:
        for _ in range(MOST_READS):
            plan = await plan_edit(self.services, client, shop, job, read.product)
            if isinstance(plan, PlannedEdit) and (reason := departs_from_plan(job, read.product, plan)):
                plan = Unready((reason,), plan.category_id)
            if job.dry_run and isinstance(plan, PlannedEdit) and (job.state or {}).get("ask_platform"):
                plan = await ask_platform(client, read.product, plan)
            if job.dry_run:
                await self.services.plans.publish(job, read.product, plan)
            if isinstance(plan, Unready):
                return Done(unready(plan, read.product))
            if isinstance(plan, AlreadyThere):
                return Done(Outcome("already_v2", plan.category_id, warnings=plan.warnings))
            if job.dry_run:
                return Done(Outcome("planned", plan.category_id, warnings=plan.warnings))
            await gate.hold("write")
            if read.is_fresh:
                return await send_edit(self.services, job, client, read.product, plan)
            # While the job waited for its turn, the seller may have changed the product: an edit made from the old
            # one would take that back.
            read = Read(await client.get_product(job.id))
        return Snooze(RESTLESS_SECONDS, "no read is fresh when the turn to write comes")


def unready(plan: Unready, product: Mapping[str, Any]) -> Outcome:
    """With what the people who must act know the product by."""
    return Outcome(
        "needs_input",
        plan.category_id,
        reasons=plan.reasons,
        warnings=plan.warnings,
        title=str(product.get("title") or ""),
        category_path=plan.category_path,
    )


async def ask_platform(client: ShopClient, product: dict[str, Any], plan: PlannedEdit) -> PlannedEdit | Unready:
    """What the platform's own check says of the plan."""
    verdict = verdict_of(await client.listing_check(check_body(product, plan.body)))
    warnings = (*plan.warnings, *verdict.advice)
    if verdict.reasons:
        return Unready(verdict.reasons, plan.category_id, warnings)
    return replace(plan, warnings=warnings)


async def send_edit(
    services: Services, job: Job, client: ShopClient, before: dict[str, Any], plan: PlannedEdit
) -> Done:
    """On disk first, then to the platform. Raises JournalUnwritable, TikTokShopError."""
    await services.journal.append(journal_entry(services, job, before, plan))
    try:
        answer = await client.edit_product(job.product_id, plan.body)
    except TikTokShopError as error:
        services.journal.note(result_entry(services, job, error.request_id, "refused", str(error)))
        raise
    done = accepted(services, job, plan, answer)
    services.journal.note(result_entry(services, job, answer.request_id, done.outcome.outcome))
    return done


def departs_from_plan(job: Job, product: dict[str, Any], plan: PlannedEdit) -> Reason | None:
    """A job that carries out a plan does exactly that plan, or nothing."""
    planned = (job.state or {}).get("plan")
    if not planned:
        return None
    if state_of(product) != planned["product"]:
        return Reason("changed_since_plan", "The product was changed after it was planned: plan it again.", "operator")
    if fingerprint(plan.body) != planned["edit"]:
        return Reason("plan_outdated", "The category's rules changed after the plan: plan it again.", "operator")
    return None


def result_entry(
    services: Services, job: Job, request_id: str | None, result: str, message: str = ""
) -> dict[str, Any]:
    """What the platform said of the edit before it in the journal."""
    return {
        "at": services.now().isoformat(),
        "shop_id": job.shop_id,
        "product_id": job.product_id,
        "kind": job.kind,
        "run_id": job.run_id,
        "result": result,
        "request_id": request_id,
        **({"message": message} if message else {}),
    }


def journal_entry(services: Services, job: Job, before: dict[str, Any] | None, plan: PlannedEdit) -> dict[str, Any]:
    """What is on disk before the edit leaves."""
    return {
        "at": services.now().isoformat(),
        "shop_id": job.shop_id,
        "product_id": job.product_id,
        "external_id": job.external_id,
        "kind": job.kind,
        "run_id": job.run_id,
        "trace_id": job.trace_id,
        "attempt": job.attempts + 1,
        "rule": plan.rule,
        "evidence": dict(plan.evidence),
        "before": before,
        "edit": plan.body,
    }


def accepted(services: Services, job: Job, plan: PlannedEdit, answer: EditAnswer) -> Done:
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
    follow_up = audit_job(job, answer.product_id, plan.category_id, answer.request_id, services.now())
    return Done(outcome, (Addition(follow_up, delay_seconds=services.audit_poll_seconds),))
