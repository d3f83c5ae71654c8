"""The results of jobs that edit a product: without an edit, or with an accepted one whose audit is followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from model.job import Job
from model.job_state import AcceptedEdit, stored_state
from model.outcome import Outcome
from record.product_name import name_of
from relisting.planned import AlreadyMigrated, Gone, NeedsInput, PlannedEdit, Waiting
from shop_queue.producer import EnqueueRequest
from tiktok_shop.errors import TikTokShopError
from tiktok_shop.product_responses import EditResponse
from worker.edit_ledger import AcceptedBefore
from worker.engine.results import Done, Retry, Wait
from worker.error_policy import result_of
from worker.jobs.audit import SETTLING_SECONDS, audit_job
from worker.jobs.rollout_gate import RolloutGate, may_have_arrived
from worker.jobs.waiting import wait_for_platform
from worker.services import Services


def without_edit(
    services: Services, job: Job, plan: NeedsInput | AlreadyMigrated | Waiting | Gone, product: Mapping[str, Any]
) -> Done | Wait:
    """The result of a job whose plan has no edit, with the product's title for the seller."""
    name = name_of(product)
    if isinstance(plan, AlreadyMigrated):
        outcome = Outcome("already_v2", plan.category_id, warnings=plan.warnings)
        return Done(replace(outcome, title=name.title, skus=name.skus))
    if isinstance(plan, Gone):
        return Done(Outcome("gone", reasons=(plan.reason,), title=name.title, skus=name.skus))
    if isinstance(plan, Waiting):
        if job.dry_run:
            named = Outcome("waiting", plan.category_id, reasons=(plan.reason,), title=name.title, skus=name.skus)
            return Done(named)
        wait = wait_for_platform(services, job, plan)
        if wait.outcome is None:
            return wait
        return replace(wait, outcome=replace(wait.outcome, title=name.title, skus=name.skus))
    outcome = Outcome(
        "needs_input",
        plan.category_id,
        reasons=plan.reasons,
        warnings=plan.warnings,
        title=str(product.get("title") or ""),
        skus=name.skus,
        category_path=plan.category_path,
    )
    return Done(outcome)


def accepted(
    services: Services, job: Job, plan: PlannedEdit, answer: EditResponse, edit_id: int, *, looks_again: bool = False
) -> Done:
    """The result of an accepted edit. A follow-up job waits for the end of its audit, even if it ended with the
    response: only the platform's listings show that the edit is live.

    `looks_again`: the edit must be read back, so the follow-up job is needed even without an audit.
    """
    # Drafts are neither audited nor listed.
    relisted = plan.body.get("save_mode") == "AS_DRAFT" and not looks_again
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
    delay = services.audit_poll_seconds
    if answer.audit_status == "APPROVED":
        delay = min(delay, SETTLING_SECONDS)
    return Done(outcome, (EnqueueRequest(follow_up, delay_seconds=delay),))


async def accepted_before(services: Services, job: Job, sent: AcceptedBefore, gate: RolloutGate) -> Done:
    """The result of an edit that was accepted in an earlier run of the job whose end was not committed."""
    gate.take_over(sent.places)
    warnings = sent.response.warnings
    done = accepted(services, job, sent.plan, sent.response, sent.edit_id, looks_again=gate.looks_again(warnings))
    return await gate.accepted(done, warnings)


def response_lost(services: Services, job: Job, error: TikTokShopError) -> Retry | None:
    """The result of a request that may have been carried out although its response was lost; None for other errors."""
    result = result_of(error, services.now())
    if not (may_have_arrived(error) and isinstance(result, Retry)):
        return None
    state = replace(stored_state(job.kind, job.state), sent_at=services.transport.timestamp())
    return replace(result, job=replace(job, state=state))
