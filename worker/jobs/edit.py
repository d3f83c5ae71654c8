"""Edits a product for any job kind: reads it, plans, records the edit durably, sends it, and follows its audit."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from model.job import Job
from model.job_state import AcceptedEdit, stored_state
from model.outcome import Outcome
from model.shop import Shop
from relisting.planned import AlreadyMigrated, NeedsInput, PlannedEdit
from relisting.review import holds_edit, review_status
from shop_queue.producer import EnqueueRequest
from tiktok_shop.errors import ProductProblem, StaleCatalogue, TikTokShopError, Transient
from tiktok_shop.product_responses import EditResponse
from tiktok_shop.shop_client import ShopClient
from worker.engine.call_permits import Access, JobPermits
from worker.engine.results import Done, Result, Retry, Snooze
from worker.error_policy import result_of
from worker.jobs.audit import audit_job
from worker.jobs.fresh_catalogue import with_fresh_catalogue
from worker.jobs.waiting import wait_for_review
from worker.services import Services

FRESH_SECONDS = 5.0
"""Maximum age of the read that an edit is based on, when its bytes leave."""
MAX_READS = 5
STALE_READ_SECONDS = 60.0
"""How long a job waits when its edits keep coming too late after its reads."""
NO_VERSION_UNDER_REVIEW = 12052547

Planner = Callable[[dict[str, Any]], Awaitable[PlannedEdit | Done]]
"""Decides what to do with a product as read: an edit, or the end of the job without one."""


class StaleRead(Exception):
    """The edit must not be sent: the product may have changed since it was read."""


@dataclass(slots=True)
class ProductRead:
    product: dict[str, Any]
    at: float = field(default_factory=lambda: time.monotonic())

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.at <= FRESH_SECONDS


async def edit(
    services: Services, job: Job, shop: Shop, client: ShopClient, permits: JobPermits, planner: Planner
) -> Result:
    """Reads, plans and sends. Every edit of a product goes through here.

    An edit leaves only if its read is at most `FRESH_SECONDS` old, no version of the product is under review, and the
    record entry is durable. Raises JournalUnwritable, StopWorker, TikTokShopError.
    """
    if not job.dry_run and (sent := services.edits.accepted(job)):
        return accepted(services, job, *sent)
    read = ProductRead(await client.get_product(job.product_id))

    async def attempt() -> Result:
        nonlocal read
        for _ in range(MAX_READS):
            plan = await planner(read.product)
            if not job.dry_run and (status := review_status(read.product)):
                return await _while_under_review(services, job, client, plan, status)
            if arrived := _arrived(job, read.product, plan):
                return arrived
            if isinstance(plan, Done):
                return plan
            await permits.reserve("write")
            try:
                return await _send(services, job, client, permits, read, plan)
            except StaleRead:
                # The seller may have changed the product since. An edit based on the old read would revert that.
                read = ProductRead(await client.get_product(job.product_id))
        return Snooze(STALE_READ_SECONDS, "every edit came too late after its read")

    return await with_fresh_catalogue(services.catalogue, shop, attempt)


async def _while_under_review(
    services: Services, job: Job, client: ShopClient, plan: PlannedEdit | Done, status: str
) -> Result:
    """Follows the version under review if it is the edit of this job, whose response was lost. Waits for any other."""
    if isinstance(plan, PlannedEdit):
        try:
            version = await client.get_product(job.product_id, under_review=True)
        except ProductProblem as problem:
            if problem.code != NO_VERSION_UNDER_REVIEW:
                raise
        else:
            if holds_edit(version, plan.body):
                return accepted(services, job, plan, EditResponse(job.product_id, None, (), None))
    return wait_for_review(services, job, status)


def _arrived(job: Job, product: Mapping[str, Any], plan: PlannedEdit | Done) -> Done | None:
    """The end of a job whose edit has arrived and is live although its response was lost."""
    if not stored_state(job.kind, job.state).sent_at:
        return None
    if isinstance(plan, Done) and plan.outcome.outcome == "already_v2":
        return Done(replace(plan.outcome, outcome="relisted"))
    # A relist may change nothing but the tree, so only a search proves that it has arrived.
    if isinstance(plan, PlannedEdit) and job.kind == "undo" and holds_edit(product, plan.body):
        return Done(Outcome("relisted", plan.category_id, warnings=plan.warnings))
    return None


def finished(plan: NeedsInput | AlreadyMigrated, product: Mapping[str, Any]) -> Done:
    """The end of a job whose plan has no edit, with the title by which the seller recognises the product."""
    if isinstance(plan, AlreadyMigrated):
        return Done(Outcome("already_v2", plan.category_id, warnings=plan.warnings))
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
    services: Services, job: Job, client: ShopClient, permits: JobPermits, read: ProductRead, plan: PlannedEdit
) -> Result:
    """Writes the record entry to disk, then sends the edit. Raises StaleRead, JournalUnwritable, TikTokShopError."""
    await services.journal.append(journal_entry(services, job, read.product, plan))

    def check(access: Access) -> None:
        if not read.is_fresh:
            raise StaleRead
        services.edits.check(job)

    permits.on_send = check
    try:
        response = await client.edit_product(job.product_id, plan.body)
        # Before anything that could fail: the edit must not be sent again.
        services.edits.remember(job, plan, response)
    except StaleRead:
        services.journal.note(result_entry(services, job, None, "not_sent", "the read was too old"))
        raise
    except TikTokShopError as error:
        if isinstance(error, StaleCatalogue):
            error.category_id = plan.category_id
        services.journal.note(result_entry(services, job, error.request_id, "refused", str(error)))
        if not _may_have_arrived(error):
            raise
        state = replace(stored_state(job.kind, job.state), sent_at=services.transport.timestamp())
        result = result_of(error, services.now())
        return replace(result, job=replace(job, state=state)) if isinstance(result, Retry) else result
    finally:
        permits.on_send = None
    done = accepted(services, job, plan, response)
    services.journal.note(result_entry(services, job, response.request_id, done.outcome.outcome))
    return done


def _may_have_arrived(error: TikTokShopError) -> bool:
    """Whether the platform may have executed the edit: its response was lost, or it failed while it worked on it."""
    return isinstance(error, Transient) and (error.outcome_unknown or (error.http_status or 0) >= 500)


def accepted(services: Services, job: Job, plan: PlannedEdit, answer: EditResponse) -> Done:
    """The result of an accepted edit. If it needs an audit, a follow-up job waits for the end of it."""
    # Drafts are not audited.
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
    edit = AcceptedEdit(plan.category_id, answer.request_id or "", services.transport.timestamp())
    follow_up = audit_job(job, answer.product_id, edit)
    return Done(outcome, (EnqueueRequest(follow_up, delay_seconds=services.audit_poll_seconds),))


def journal_entry(services: Services, job: Job, before: dict[str, Any] | None, plan: PlannedEdit) -> dict[str, Any]:
    """The record entry that is durable before the edit is sent."""
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


def result_entry(
    services: Services, job: Job, request_id: str | None, result: str, message: str = ""
) -> dict[str, Any]:
    """The record entry with the platform's response to an edit."""
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
