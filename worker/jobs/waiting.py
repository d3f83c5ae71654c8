"""Waits of a product for a review, a verification or the platform, which use neither an attempt nor a slot."""

from __future__ import annotations

from dataclasses import replace

from model.job import Job
from model.job_state import stored_state
from model.outcome import Outcome, Reason
from relisting.planned import Waiting
from worker.engine.results import Wait
from worker.services import Services

FIRST_POLL_SECONDS = 60.0
SHORTEST_SECONDS, LONGEST_SECONDS = 900.0, 6 * 3600.0
"""Seconds between reads of a product that only the platform can release; they grow with the age of the wait."""
UNDER_REVIEW = "A version of this product is under review. It is edited when the review has ended."
PRE_APPROVED = "has passed its audit. It goes live when the seller has completed what the platform waits for"


def wait_for_review(services: Services, job: Job, status: str, causes: tuple[str, ...] = ()) -> Wait:
    """Waits until the version under review is live or rejected, and sends nothing until then.

    `causes`: the reasons for which the platform waits after the review, such as KYC_PENDING.
    """
    seconds = min(
        services.audit_poll_seconds, FIRST_POLL_SECONDS * 2.0 ** min(10, stored_state(job.kind, job.state).waits)
    )
    if status == "PRE_APPROVED":
        return _wait(services, job, _pre_approved("A version of this product", causes), None, seconds)
    return _wait(services, job, Reason("under_review", UNDER_REVIEW, "platform"), None, seconds)


def wait_for_seller(services: Services, job: Job, category_id: str, causes: tuple[str, ...]) -> Wait:
    """Waits until the seller has completed the verification, such as KYC, that an approved edit requires."""
    reason = _pre_approved("The edit", causes)
    return _wait(services, job, reason, category_id, services.audit_poll_seconds)


def _pre_approved(what: str, causes: tuple[str, ...]) -> Reason:
    text = f"{what} {PRE_APPROVED}: {', '.join(causes)}." if causes else f"{what} {PRE_APPROVED}."
    return Reason("pre_approved", text, "seller")


def wait_for_platform(services: Services, job: Job, plan: Waiting) -> Wait:
    """Waits for the platform or the seller, such as for the end of a freeze or of work on a draft."""
    now = int(services.now().timestamp())
    age = now - (stored_state(job.kind, job.state).waiting_since or now)
    seconds = min(max(age / 2, SHORTEST_SECONDS), LONGEST_SECONDS)
    return _wait(services, job, plan.reason, plan.category_id, seconds)


def _wait(services: Services, job: Job, reason: Reason, category_id: str | None, seconds: float) -> Wait:
    """Publishes the wait once, when it begins; the log shows its age at every poll."""
    state, now = stored_state(job.kind, job.state), int(services.now().timestamp())
    since = state.waiting_since or now
    waiting = replace(job, state=replace(state, waiting_since=since, waits=state.waits + 1, waiting_for=reason.code))
    outcome = None if state.waiting_since else Outcome("waiting", category_id, reasons=(reason,))
    return Wait(waiting, outcome, seconds, f"{reason.code} for {now - since} s")
