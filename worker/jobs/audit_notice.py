"""The end of an audit as a webhook reported it."""

from __future__ import annotations

from model.job import Job
from model.job_state import AuditState, state_of


def notice_of(job: Job) -> str:
    """The audit result that a webhook reported for this edit: APPROVED, FAILED or empty.

    Webhooks arrive late and out of order. One from before the edit or from the same second may concern an older
    version, so it is ignored and the product is read instead.
    """
    state = state_of(job.state, AuditState)
    if state.notice is None or state.notice.at <= (state.edit.edited_at if state.edit else 0):
        return ""
    return state.notice.status
