"""Keeps a job in its lane while its product waits for something that nobody has to do. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from model.job import Job
from model.job_state import STATE_TYPES, JobState
from model.outcome import Outcome, Reason
from worker.engine.results import Continue

SHORTEST_WAIT, LONGEST_WAIT = 900.0, 6 * 3600.0
"""Seconds between two looks at the product. They grow with the age of the wait."""


def wait(job: Job, reason: Reason, now: datetime, category_id: str | None = None) -> Continue:
    """Look again later. The outcome `waiting` is published once for each reason, when the wait for it begins."""
    state = job.state or STATE_TYPES.get(job.kind, JobState)()
    moment = int(now.timestamp())
    is_new = not state.waiting_since or state.waiting_for != reason.code
    since = moment if is_new else state.waiting_since
    waiting = replace(job, state=replace(state, waiting_since=since, waiting_for=reason.code))
    outcome = Outcome("waiting", category_id, reasons=(reason,)) if is_new else None
    return Continue(waiting, min(max((moment - since) / 2, SHORTEST_WAIT), LONGEST_WAIT), outcome=outcome)
