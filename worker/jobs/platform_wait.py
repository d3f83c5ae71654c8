"""Keeps a job in its lane while its product waits for a decision of the platform that nobody can hasten."""

from __future__ import annotations

from dataclasses import replace

from model.job import Job
from model.job_state import STATE_TYPES, JobState
from model.outcome import Outcome
from relisting.planned import Waiting
from worker.engine.results import Wait
from worker.services import Services

SHORTEST_SECONDS, LONGEST_SECONDS = 900.0, 6 * 3600.0
"""Between two looks at the product. The time grows with the age of the wait."""


def wait_for_platform(services: Services, job: Job, plan: Waiting) -> Wait:
    """Look again later. The outcome `waiting` is published once, when the wait begins."""
    state = job.state or STATE_TYPES.get(job.kind, JobState)()
    now = int(services.now().timestamp())
    since = state.waiting_since or now
    outcome = None if state.waiting_since else Outcome("waiting", plan.category_id, reasons=(plan.reason,))
    waiting = replace(job, state=replace(state, waiting_since=since, waits=state.waits + 1))
    seconds = min(max((now - since) / 2, SHORTEST_SECONDS), LONGEST_SECONDS)
    return Wait(waiting, outcome, seconds, f"{plan.reason.code} for {now - since} s")
