"""The relist job, which reads, plans and edits one product. A separate job follows the audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from model.job import Job
from model.job_state import AcceptedEdit, RelistState, state_of
from model.outcome import Outcome, Reason
from relisting.fingerprint import fingerprint, product_fingerprint
from relisting.inputs import MoveListing
from relisting.legacy_values import may_be_refused_for_legacy
from relisting.merge import WAITS_FOR_REVIEW, product_status
from relisting.planned import AlreadyMigrated, Gone, NeedsInput, Plan, PlannedEdit
from relisting.platform_check import check_body, parse_listing_check
from relisting.review import audit_status
from shop_queue.producer import EnqueueRequest
from tiktok_shop.errors import ProductProblem
from tiktok_shop.shop_client import ShopClient
from worker.engine.call_permits import JobPermits
from worker.engine.results import Done, Result, Wait
from worker.jobs.audit import audit_job
from worker.jobs.edit import edit
from worker.jobs.edit_results import without_edit
from worker.jobs.recording import open_edit, record_answer
from worker.jobs.rollout_edit import declared_changes, watched_fields
from worker.jobs.rollout_state import awaits_look
from worker.jobs.waiting import wait_for_review
from worker.planning import Planning
from worker.proposing import Proposing
from worker.proposing_category import ProposingCategory
from worker.recommender_tests import measure_recommender
from worker.services import Services


@dataclass(frozen=True, slots=True)
class Relist:
    services: Services

    async def __call__(self, job: Job, permits: JobPermits) -> Result:
        shop, client = await self.services.client_for(job.shop_id, permits)
        planning, tried = Planning(self.services, client, shop, job), list[PlannedEdit]()
        try:
            return await edit(self.services, job, shop, client, permits, partial(self._plan, job, planning, tried))
        except ProductProblem as refusal:
            if not _may_go_without_legacy(job, tried, refusal):
                raise
        planning = replace(planning, leaves_out_legacy=True)
        return await edit(self.services, job, shop, client, permits, partial(self._plan, job, planning, tried))

    async def _plan(
        self, job: Job, planning: Planning, tried: list[PlannedEdit], product: dict[str, Any]
    ) -> PlannedEdit | Done | Wait:
        """Adds a planned edit to `tried`."""
        # Until the end of the audit is recorded, nobody knows the decisions of the rejected edit.
        if not job.dry_run and audit_status(product) == "FAILED" and await self.services.decisions.is_in_audit(job):
            return wait_for_review(self.services, job, "FAILED")
        plan = await self._with_proposals(product, planning)
        if isinstance(plan, PlannedEdit) and (reason := deviation_from_plan(job, product, plan)):
            plan = NeedsInput((reason,), plan.category_id)
        if job.dry_run and isinstance(plan, PlannedEdit) and state_of(job.state, RelistState).ask_platform:
            plan = await ask_platform(planning.client, product, plan)
        if job.dry_run:
            await self.services.plans.publish(job, product, plan, self._watched(job, product, plan))
        if isinstance(plan, AlreadyMigrated) and (ours := await self._open_edit(job, plan)) is not None:
            return ours
        if isinstance(plan, Gone):
            await self.services.deleted.remember(job.shop_id, product)
        if not isinstance(plan, PlannedEdit):
            return without_edit(self.services, job, plan, product)
        if job.dry_run:
            return Done(Outcome("planned", plan.category_id, warnings=plan.warnings))
        if WAITS_FOR_REVIEW in plan.warnings:
            plan = replace(plan, warnings=tuple(each for each in plan.warnings if each != WAITS_FOR_REVIEW))
        tried.append(plan)
        return plan

    def _watched(self, job: Job, product: dict[str, Any], plan: Plan) -> list[str]:
        """The fields that the rollout would look at, for `relist rollout simulate`."""
        if not isinstance(plan, PlannedEdit):
            return []
        return watched_fields(product, declared_changes(job, product, plan, self.services.allowed_fields))

    async def _with_proposals(self, product: dict[str, Any], planning: Planning) -> Plan:
        """The plan, with values proposed for missing attributes, or filled in if the operator accepts their risk."""
        plan = await planning.plan(product, MoveListing())
        await measure_recommender(planning, product, plan)
        if self.services.known_values is None:
            return plan
        proposing = Proposing(planning, self.services.known_values)
        categories = ProposingCategory(planning, self.services.known_values)
        leaf = None
        if isinstance(plan, NeedsInput):
            plan, leaf = await categories.completed(product, plan)
            if leaf is not None:
                plan = await planning.plan(product, MoveListing(), leaf=leaf)
        if not isinstance(plan, NeedsInput):
            await categories.learn(product, plan)
            await proposing.learn(product, plan)
            return plan
        asked, filled = await proposing.completed(product, plan)
        if not filled:
            return asked
        plan = await planning.plan(product, MoveListing(), filled, leaf)
        if isinstance(plan, NeedsInput):
            plan, _ = await proposing.completed(product, plan)
        return plan

    async def _open_edit(self, job: Job, plan: AlreadyMigrated) -> Done | None:
        """The result of a job whose edit has moved the product but was not committed, or None.

        Raises RecordUnavailable.
        """
        services = self.services
        ours = None if job.dry_run else await open_edit(services, job, plan.category_id)
        if ours is None:
            return None
        answered = ours.event("answered")
        was_off_sale = product_status(ours.before or {}) == "SELLER_DEACTIVATED"
        if answered is None and not was_off_sale and not awaits_look(job):
            outcome = Outcome("relisted", plan.category_id, warnings=plan.warnings)
            await record_answer(services, job, ours.id, outcome)
            return Done(outcome)
        request_id = str(answered.about.get("request_id") or "") if answered is not None else ""
        outcome = Outcome("in_audit", plan.category_id, request_id or None, warnings=plan.warnings)
        if answered is None:
            await record_answer(services, job, ours.id, outcome)
        edit = AcceptedEdit(plan.category_id, request_id, services.transport.timestamp(), was_off_sale, ours.id)
        follow_up = EnqueueRequest(
            audit_job(job, job.product_id, edit),
            delay_seconds=services.audit_poll_seconds,
            # A worker that committed has enqueued this job, with the places in the rollout.
            keeps_audit=answered is not None,
        )
        return Done(outcome, (follow_up,))


def _may_go_without_legacy(job: Job, tried: Sequence[PlannedEdit], refusal: ProductProblem) -> bool:
    """Whether to send the product again without optional values that its leaf no longer lists.

    A job that must execute a plan unchanged may not.
    """
    is_free = state_of(job.state, RelistState).plan is None
    return is_free and bool(tried) and may_be_refused_for_legacy(tried[-1].features, refusal.field)


async def ask_platform(client: ShopClient, product: dict[str, Any], plan: PlannedEdit) -> PlannedEdit | NeedsInput:
    """Adds the result of the platform's check to the plan."""
    result = parse_listing_check(await client.listing_check(check_body(product, plan.body)))
    warnings = (*plan.warnings, *result.advice)
    if result.reasons:
        return NeedsInput(result.reasons, plan.category_id, warnings)
    return replace(plan, warnings=warnings)


def deviation_from_plan(job: Job, product: dict[str, Any], plan: PlannedEdit) -> Reason | None:
    """The reason why the edit differs from the plan that the job must execute unchanged, or None."""
    planned = state_of(job.state, RelistState).plan
    if planned is None:
        return None
    if product_fingerprint(product) != planned.product:
        return Reason("changed_since_plan", "The product was changed after it was planned: plan it again.", "operator")
    if fingerprint(plan.body) != planned.edit:
        return Reason("plan_outdated", "The category's rules changed after the plan: plan it again.", "operator")
    return None
