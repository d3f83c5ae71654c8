"""Follows an accepted edit to the end of its audit, by webhook or, if none comes, by polling the product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from model.job import Job, audit_job_id
from model.job_state import AcceptedEdit, AuditState, RelistState, state_of
from model.outcome import Outcome, Reason
from record.entry import StoredEdit
from relisting.merge import product_status
from relisting.obstacles import DELETED_REASON
from relisting.old_category import old_category
from relisting.rejection import rejection_texts
from relisting.review import (
    KNOWN_STATUSES,
    UNDER_REVIEW,
    approval_causes,
    audit_status,
    holds_edit,
    was_saved_since,
)
from shop_queue.producer import EnqueueRequest
from tiktok_shop.shop_client import ShopClient
from worker.engine.call_permits import JobPermits
from worker.engine.results import Continue, Done, Result
from worker.jobs.audit_notice import notice_of
from worker.jobs.off_sale import take_off_sale
from worker.jobs.read_back import edit_of, look_after_audit, report_audit_end, report_gone, step_read_back
from worker.jobs.recording import record_audit_end
from worker.jobs.waiting import wait_for_seller
from worker.planning import searched_version
from worker.services import Services

SETTLING_SECONDS = 30.0
"""Seconds after an edit or a webhook for which the platform may still show the old product."""
LATEST_ON_V2_SECONDS = 3600.0
"""Seconds after an edit by which a search must find the product on v2."""
REPLACED_SECONDS = 120.0
"""As above, if the live version shows that someone has saved another one since. A search may show a version late."""
REPLACED = Reason(
    "edit_replaced",
    "Another version of the product has replaced the edit during its audit. The product is edited again.",
    "platform",
)
POLLED_SHARE, LONGEST_POLL_SECONDS = 0.5, 86_400.0
"""The interval between polls is this share of the time since the edit, and at least RELIST_AUDIT_POLL_SECONDS."""


def audit_job(job: Job, product_id: str, edit: AcceptedEdit) -> Job:
    """The job that follows the audit of the edit from `job`. If the audit rejects the edit, the next attempt starts
    from the decisions behind it.
    """
    follows = Job(
        job.shop_id,
        audit_job_id(product_id),
        "audit",
        run_id=job.run_id,
        trace_id=job.trace_id,
        state=AuditState(edit=edit, repeats=_may_repeat(job)),
    )
    return follows.with_decisions_of(job)


def _may_repeat(job: Job) -> bool:
    """Whether the decision may be carried out once more on another version of the product. A plan may not, because it
    names the version.
    """
    state = state_of(job.state, RelistState)
    return job.kind == "relist" and state.plan is None and not state.repeated


def repeated_job(audit: Job, product_id: str) -> Job:
    """The job that applies the decision of a replaced edit to the current product."""
    return replace(audit, id=product_id, kind="relist", attempts=0, errors=(), state=RelistState(repeated=True))


@dataclass(frozen=True, slots=True)
class LiveListing:
    """The audit as Get Product shows it: its status, the live leaf and the reasons why it failed or waits."""

    status: str
    category_id: str
    reasons: tuple[str, ...]
    title: str
    waits_for: tuple[str, ...] = ()
    is_on_sale: bool = True
    is_deleted: bool = False


def audit_end(live: LiveListing, category_id: str, notice: str, seconds_since_edit: float) -> str:
    """The result of the audit of an edit to this leaf. Pure.

    Returns APPROVED, FAILED, ELSEWHERE (the listing is under another leaf), or another status while the audit runs. The
    current listing decides. A webhook may concern another edit, so it counts only if the listing agrees. An unknown
    status may mean any state, so only a listing under the leaf ends such an audit.
    """
    if live.status in (*UNDER_REVIEW, "FAILED"):
        return live.status
    if live.category_id == category_id and (live.status == "APPROVED" or notice != "FAILED"):
        return "APPROVED"
    if not _is_known(live.status):
        return live.status
    if notice == "FAILED":
        return notice
    return "ELSEWHERE" if seconds_since_edit >= SETTLING_SECONDS else "AUDITING"


@dataclass(frozen=True, slots=True)
class FollowAudit:
    services: Services

    async def __call__(self, job: Job, permits: JobPermits) -> Result:
        stepped = await step_read_back(self.services, job, permits)
        if isinstance(stepped, Continue):
            return stepped
        job, seen = stepped.job, stepped.live
        services, state = self.services, state_of(job.state, AuditState)
        edit, notice = state.edit or AcceptedEdit(""), notice_of(job)
        if seen is None and (found := await self._searched(job, edit, notice, permits)) is not None:
            return found
        _, client = await services.client_for(job.shop_id, permits, "audit")
        product = seen if seen is not None else await client.get_product(job.product_id)
        live = live_listing(product)
        if live.is_deleted:
            gone = Outcome("gone", edit.category_id, edit.request_id or None, (DELETED_REASON,), title=live.title)
            await record_audit_end(services, job, edit.edit_id, gone)
            await report_gone(services, job)
            return Done(gone)
        age = services.transport.timestamp() - edit.edited_at
        status = audit_end(live, edit.category_id, notice, age)
        if status == "PRE_APPROVED":
            return wait_for_seller(services, job, edit.category_id, live.waits_for)
        if status in ("APPROVED", "ELSEWHERE"):
            sent = await edit_of(services, job, edit.edit_id) if edit.edit_id else None
            reactivated = edit.off_sale and live.is_on_sale
            if status == "APPROVED" and sent and not reactivated and not await _is_moved(client, product, sent):
                status = "ON_V1" if age >= LATEST_ON_V2_SECONDS and _is_known(live.status) else "NOT_YET"
            elif status == "APPROVED" and sent is None and not _is_known(live.status):
                status = "NOT_YET"
            is_replaced = status != "APPROVED" and state.repeats and _is_replaced(product, sent)
            if is_replaced and (status == "ELSEWHERE" or age >= REPLACED_SECONDS):
                return await self._repeated(job, edit)
            if is_replaced:
                return Continue(replace(job, state=replace(state, notice=None)), REPLACED_SECONDS - age)
        if reasons := end_reasons(status, live):
            rejected = Outcome("rejected", edit.category_id, edit.request_id or None, reasons, title=live.title)
            return await self._ended(job, edit, rejected, permits)
        if status == "APPROVED":
            warnings = await take_off_sale(services, job, permits) if edit.off_sale and live.is_on_sale else ()
            relisted = Outcome("relisted", edit.category_id, edit.request_id or None, warnings=warnings)
            return await self._ended(job, edit, relisted, permits)
        # A webhook that arrived early or for another edit is not used twice.
        seconds = min(SETTLING_SECONDS, services.audit_poll_seconds) if notice else self._until_poll(edit)
        if status == "NOT_YET":
            seconds = min(seconds, max(SETTLING_SECONDS, POLLED_SHARE * age))
        return Continue(replace(job, state=replace(state, notice=None)), seconds)

    async def _searched(self, job: Job, edit: AcceptedEdit, notice: str, permits: JobPermits) -> Result | None:
        """The result that a search for many products has found; None if the product must be read."""
        services, state = self.services, state_of(job.state, AuditState)
        since = 0
        if state.notice is not None:
            services.pending_audits.forget(job.shop_id, job.product_id)
        if notice == "APPROVED" and state.notice is not None:
            ended_at: float = state.notice.at
        elif state.notice is None and edit.edited_at and not state.waiting_since:
            _, client = await services.client_for(job.shop_id, permits, "audit")
            seconds, since = self._until_poll(edit), edit.edited_at
            ended_by = await services.pending_audits.ended_by(
                client, job.shop_id, job.product_id, edit.edited_at + 1, seconds / 2
            )
            if ended_by is None:
                return Continue(job, seconds)
            ended_at = ended_by
        else:
            return None
        if edit.off_sale:
            return None
        _, client = await services.client_for(job.shop_id, permits, "confirmation")
        found = await services.live_listings.confirm(
            client, job.shop_id, job.product_id, edit.edited_at, ended_at, since
        )
        if found is True:
            relisted = Outcome("relisted", edit.category_id, edit.request_id or None)
            return await self._ended(job, edit, relisted, permits)
        return None if found is False else Continue(job, found)

    def _until_poll(self, edit: AcceptedEdit) -> float:
        age = self.services.transport.timestamp() - edit.edited_at if edit.edited_at else 0
        return max(self.services.audit_poll_seconds, min(POLLED_SHARE * age, LONGEST_POLL_SECONDS))

    async def _ended(self, job: Job, edit: AcceptedEdit, outcome: Outcome, permits: JobPermits) -> Done:
        if outcome.outcome == "relisted":
            await look_after_audit(self.services, job, permits)
        await record_audit_end(self.services, job, edit.edit_id, outcome)
        await report_audit_end(self.services, job, rejected=outcome.outcome == "rejected")
        return Done(outcome)

    async def _repeated(self, job: Job, edit: AcceptedEdit) -> Done:
        """Hands the product back to a relist job. The audit of the replaced edit does not count in the rollout."""
        replaced = Outcome("waiting", edit.category_id, edit.request_id or None, (REPLACED,))
        await record_audit_end(self.services, job, edit.edit_id, replaced)
        await report_gone(self.services, job)
        return Done(replaced, (EnqueueRequest(repeated_job(job, job.product_id)),))


def _is_known(status: str) -> bool:
    return not status or status in KNOWN_STATUSES


async def _is_moved(client: ShopClient, product: Mapping[str, Any], sent: StoredEdit) -> bool:
    """Whether the live version, in the leaf of the edit, is on v2.

    If the product was in that leaf before, its version on v1 may look the same, and only a search shows its tree: the
    platform may have dropped the edit, or the seller may have saved another version, which replaces it.
    """
    before = sent.before or {}
    if old_category(before)[0] != sent.edit.get("category_id"):
        return True
    if holds_edit(product, sent.edit) and not holds_edit(before, sent.edit):
        return True
    return (await searched_version(client, product)).version == "v2"


def _is_replaced(product: Mapping[str, Any], sent: StoredEdit | None) -> bool:
    """Whether the live version, which is not the edit's, also differs from the earlier one, or is frozen."""
    if sent is None or (before := sent.before) is None or old_category(product)[0] != old_category(before)[0]:
        return False
    if product_status(product) == "FREEZE":
        return True
    return was_saved_since(product, before) and not holds_edit(product, sent.edit)


def live_listing(product: Mapping[str, Any]) -> LiveListing:
    """`product` is the live version, as Get Product shows it."""
    return LiveListing(
        audit_status(product),
        old_category(product)[0],
        rejection_texts(product),
        str(product.get("title") or ""),
        approval_causes(product),
        product_status(product) == "ACTIVATE",
        product_status(product) == "DELETED",
    )


def end_reasons(status: str, live: LiveListing) -> tuple[Reason, ...]:
    """The reasons why the edit is not live; empty if it is or may still become live."""
    if status == "ELSEWHERE":
        text = "The audit has ended, but the live listing is not in the category of the edit."
        return (Reason("not_on_leaf", text, "operator"),)
    if status == "ON_V1":
        text = "The audit has ended, but the platform lists another version of the product, which is not on v2."
        return (Reason("not_on_v2", text, "operator"),)
    if status == "FAILED":
        texts = live.reasons or ("The platform's audit rejected the edit; the old listing stays live.",)
        return tuple(Reason("audit_failed", text, "seller") for text in texts)
    return ()
