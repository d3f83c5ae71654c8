"""Follows an accepted edit to its end: a webhook's word, or a look at the product when none came."""

from __future__ import annotations

from dataclasses import dataclass, replace

from model.job import Job
from model.outcome import Outcome, Reason
from relisting.resolve import old_category
from worker.engine.call_permits import Access, JobPermits
from worker.engine.results import Continue, Done, Result
from worker.jobs.recording import record_audit_end
from worker.services import Services

SETTLING_SECONDS = 30.0
"""A product that is looked at so soon after its edit may be shown as it was before it."""


def audit_job(
    job: Job, product_id: str, category_id: str, request_id: str | None, edited_at: int, edit_id: int = 0
) -> Job:
    """The job that waits for the end of the audit of an edit that was answered then, by the platform's clock."""
    return Job(
        job.shop_id,
        f"audit:{product_id}",
        "audit",
        # What the edit was decided by: when the audit refuses it, the next try starts from there.
        category_id=job.category_id,
        brand_id=job.brand_id,
        attributes=job.attributes,
        origin_category=job.origin_category,
        run_id=job.run_id,
        trace_id=job.trace_id,
        state={"category_id": category_id, "request_id": request_id or "", "edited_at": edited_at, "edit_id": edit_id},
    )


def first_access(job: Job) -> Access | None:
    """A webhook's good news needs no call; its bad news is looked up, since it does not say why."""
    return None if _told(job) == "APPROVED" else "read"


def _told(job: Job) -> str:
    """What a webhook has said of this very edit: APPROVED, FAILED or nothing.

    Webhooks come late and out of order. One from before the edit, or from the same second, may speak of an older
    version: the product is looked at.
    """
    state = job.state or {}
    told_at, edited_at = int(state.get("audit_at") or 0), int(state.get("edited_at") or 0)
    return str(state.get("audit_status") or "") if told_at > edited_at else ""


@dataclass(frozen=True, slots=True)
class LiveListing:
    """What Get Product tells of the audit: its status, the live leaf, why it failed."""

    status: str
    category_id: str
    reasons: tuple[str, ...]
    title: str


def verdict(live: LiveListing, category_id: str, told: str, seconds_since_edit: float) -> str:
    """How the audit of the edit to this leaf has ended: APPROVED, FAILED, ELSEWHERE; anything else: it has not. Pure.

    What the platform shows now counts more than a webhook, which may be about another edit than it seems.
    """
    if live.status not in ("", "NONE", "APPROVED"):
        return live.status
    if live.category_id == category_id and (live.status == "APPROVED" or not told):
        return "APPROVED"
    if told:
        return told
    return "ELSEWHERE" if seconds_since_edit >= SETTLING_SECONDS else "AUDITING"


@dataclass(frozen=True, slots=True)
class FollowAudit:
    services: Services

    async def __call__(self, job: Job, gate: JobPermits) -> Result:
        state = job.state or {}
        category_id = str(state.get("category_id") or "")
        request_id = str(state.get("request_id") or "") or None
        status = told = _told(job)
        reasons: tuple[str, ...] = ()
        title = ""
        if told != "APPROVED":
            live = await self._look(job, gate)
            since = self.services.transport.timestamp() - int(state.get("edited_at") or 0)
            status, reasons, title = verdict(live, category_id, told, since), live.reasons, live.title
        if status == "APPROVED":
            return await self._ended(job, Outcome("relisted", category_id, request_id))
        if status == "ELSEWHERE":
            text = "The audit is over and the live listing is not under the category of the edit."
            reason = Reason("not_on_leaf", text, "operator")
            return await self._ended(job, Outcome("rejected", category_id, request_id, (reason,), title=title))
        if status == "FAILED":
            texts = reasons or ("The platform's audit refused the edit; the old listing stays live.",)
            failed = tuple(Reason("audit_failed", text, "seller") for text in texts)
            return await self._ended(job, Outcome("rejected", category_id, request_id, failed, title=title))
        waiting = {name: value for name, value in state.items() if not name.startswith("audit_")}
        return Continue(replace(job, state=waiting), self.services.audit_poll_seconds)

    async def _ended(self, job: Job, outcome: Outcome) -> Done:
        await record_audit_end(self.services, job, outcome)
        return Done(outcome)

    async def _look(self, job: Job, gate: JobPermits) -> LiveListing:
        _, client = await self.services.client_for(job.shop_id, gate)
        product = await client.get_product(job.product_id)
        reasons = []
        for each in product.get("audit_failed_reasons") or ():
            advice = "; ".join(str(one) for one in each.get("suggestions") or ())
            reasons += [f"{reason} ({advice})" if advice else str(reason) for reason in each.get("reasons") or ()]
        status = str((product.get("audit") or {}).get("status") or "")
        return LiveListing(status, old_category(product)[0], tuple(reasons), str(product.get("title") or ""))
