"""Follows an accepted edit to the end of its audit, by webhook or, if none comes, by polling the product."""

from __future__ import annotations

from dataclasses import dataclass, replace

from model.job import Job
from model.job_state import AcceptedEdit, AuditState, state_of
from model.outcome import Outcome, Reason
from relisting.old_category import old_category
from worker.engine.call_permits import Access, JobPermits
from worker.engine.results import Continue, Done, Result
from worker.jobs.off_sale import keep_off_sale
from worker.jobs.read_back import awaits_read_back, report_audit_end, step_read_back
from worker.jobs.recording import record_audit_end
from worker.services import Services

SETTLING_SECONDS = 30.0
"""For this long after an edit the platform may still show the product as it was before."""


def audit_job(job: Job, product_id: str, edit: AcceptedEdit) -> Job:
    """The job that follows the audit of an edit that `job` has made."""
    return Job(
        job.shop_id,
        f"audit:{product_id}",
        "audit",
        # The decisions behind the edit. If the audit rejects it, the next attempt starts from them.
        category_id=job.category_id,
        brand_id=job.brand_id,
        attributes=job.attributes,
        origin_category=job.origin_category,
        run_id=job.run_id,
        trace_id=job.trace_id,
        state=AuditState(edit=edit),
    )


def first_access(job: Job) -> Access | None:
    """An approval by webhook needs no call. A rejection is looked up, because the webhook gives no reason."""
    return None if notice_of(job) == "APPROVED" and not awaits_read_back(job) else "read"


def notice_of(job: Job) -> str:
    """The audit result that a webhook has reported for this edit: APPROVED, FAILED or empty.

    Webhooks come late and out of order. One from before the edit, or from the same second, may be about an older
    version, so it is ignored and the product is looked at instead.
    """
    state = state_of(job.state, AuditState)
    if state.notice is None or state.notice.at <= (state.edit.edited_at if state.edit else 0):
        return ""
    return state.notice.status


@dataclass(frozen=True, slots=True)
class LiveListing:
    """The audit as Get Product shows it: its status, the live leaf, and why it failed."""

    status: str
    category_id: str
    reasons: tuple[str, ...]
    title: str


def audit_end(live: LiveListing, category_id: str, notice: str, seconds_since_edit: float) -> str:
    """How the audit of the edit to this leaf has ended. Pure.

    Returns APPROVED, FAILED, ELSEWHERE (the listing is under another leaf), or another status while it goes on. What
    the platform shows now outranks a webhook, which may be about another edit.
    """
    if live.status not in ("", "NONE", "APPROVED"):
        return live.status
    if live.category_id == category_id and (live.status == "APPROVED" or not notice):
        return "APPROVED"
    if notice:
        return notice
    return "ELSEWHERE" if seconds_since_edit >= SETTLING_SECONDS else "AUDITING"


@dataclass(frozen=True, slots=True)
class FollowAudit:
    services: Services

    async def __call__(self, job: Job, permits: JobPermits) -> Result:
        stepped = await step_read_back(self.services, job, permits)
        if isinstance(stepped, Continue):
            return stepped
        job = stepped
        state = state_of(job.state, AuditState)
        edit = state.edit or AcceptedEdit("")
        category_id, request_id = edit.category_id, edit.request_id or None
        status = notice = notice_of(job)
        reasons: tuple[str, ...] = ()
        title = ""
        if notice != "APPROVED":
            live = await self._look(job, permits)
            since = self.services.transport.timestamp() - edit.edited_at
            status, reasons, title = audit_end(live, category_id, notice, since), live.reasons, live.title
        if status == "APPROVED":
            warnings = await keep_off_sale(self.services, job, permits) if edit.off_sale else ()
            return await self._ended(job, edit, Outcome("relisted", category_id, request_id, warnings=warnings))
        if status == "ELSEWHERE":
            text = "The audit has ended, but the live listing is not in the category of the edit."
            reason = Reason("not_on_leaf", text, "operator")
            return await self._ended(job, edit, Outcome("rejected", category_id, request_id, (reason,), title=title))
        if status == "FAILED":
            texts = reasons or ("The platform's audit rejected the edit; the old listing stays live.",)
            failed = tuple(Reason("audit_failed", text, "seller") for text in texts)
            return await self._ended(job, edit, Outcome("rejected", category_id, request_id, failed, title=title))
        return Continue(replace(job, state=replace(state, notice=None)), self.services.audit_poll_seconds)

    async def _ended(self, job: Job, edit: AcceptedEdit, outcome: Outcome) -> Done:
        await record_audit_end(self.services, job, edit.edit_id, outcome)
        await report_audit_end(self.services, job, rejected=outcome.outcome == "rejected")
        return Done(outcome)

    async def _look(self, job: Job, permits: JobPermits) -> LiveListing:
        _, client = await self.services.client_for(job.shop_id, permits)
        product = await client.get_product(job.product_id)
        reasons = []
        for each in product.get("audit_failed_reasons") or ():
            advice = "; ".join(str(one) for one in each.get("suggestions") or ())
            reasons += [f"{reason} ({advice})" if advice else str(reason) for reason in each.get("reasons") or ()]
        status = str((product.get("audit") or {}).get("status") or "")
        return LiveListing(status, old_category(product)[0], tuple(reasons), str(product.get("title") or ""))
