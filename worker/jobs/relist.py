"""The main job: one product, read, planned, edited; its audit is a job of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from model.job import Job
from model.outcome import Outcome, Reason
from model.shop import Shop
from relisting.changes import fingerprint, state_of
from relisting.planned import AlreadyMigrated, NeedsInput, PlannedEdit
from relisting.platform_check import check_body, verdict_of
from tiktok_shop.shop_client import ShopClient
from worker.engine.call_permits import JobPermits
from worker.engine.results import Done, Result
from worker.jobs.edit import edit, unready
from worker.jobs.recording import lost_answer, record_answer
from worker.planning import plan_edit
from worker.services import Services


@dataclass(frozen=True, slots=True)
class Relist:
    services: Services

    async def __call__(self, job: Job, gate: JobPermits) -> Result:
        shop, client = await self.services.client_for(job.shop_id, gate)
        return await edit(self.services, job, shop, client, gate, partial(self._plan, job, shop, client))

    async def _plan(self, job: Job, shop: Shop, client: ShopClient, product: dict[str, Any]) -> PlannedEdit | Done:
        plan = await plan_edit(self.services, client, shop, job, product)
        if isinstance(plan, PlannedEdit) and (reason := departs_from_plan(job, product, plan)):
            plan = NeedsInput((reason,), plan.category_id)
        if job.dry_run and isinstance(plan, PlannedEdit) and (job.state or {}).get("ask_platform"):
            plan = await ask_platform(client, product, plan)
        if job.dry_run:
            await self.services.plans.publish(job, product, plan)
        if isinstance(plan, NeedsInput):
            return Done(unready(plan, product))
        if isinstance(plan, AlreadyMigrated):
            return Done(await self._migrated(job, plan))
        if job.dry_run:
            return Done(Outcome("planned", plan.category_id, warnings=plan.warnings))
        return plan

    async def _migrated(self, job: Job, plan: AlreadyMigrated) -> Outcome:
        """Moved by an edit of ours whose answer was lost, or by somebody else. Raises RecordUnavailable."""
        ours = None if job.dry_run else await lost_answer(self.services, job, plan.category_id)
        if ours is None:
            return Outcome("already_v2", plan.category_id, warnings=plan.warnings)
        outcome = Outcome("relisted", plan.category_id, warnings=plan.warnings)
        await record_answer(self.services, job, ours.id, outcome)
        return outcome


async def ask_platform(client: ShopClient, product: dict[str, Any], plan: PlannedEdit) -> PlannedEdit | NeedsInput:
    """What the platform's own check says of the plan."""
    verdict = verdict_of(await client.listing_check(check_body(product, plan.body)))
    warnings = (*plan.warnings, *verdict.advice)
    if verdict.reasons:
        return NeedsInput(verdict.reasons, plan.category_id, warnings)
    return replace(plan, warnings=warnings)


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
