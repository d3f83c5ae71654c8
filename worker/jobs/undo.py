"""Puts a product back to its before-image, as far as the platform allows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from model.job import Job
from model.job_state import UndoState, dump_state, state_of
from relisting.inputs import Restore
from relisting.planned import PlannedEdit
from worker.engine.call_permits import JobPermits
from worker.engine.results import Done, Result, Wait
from worker.jobs.edit import edit, without_edit
from worker.planning import Planning
from worker.services import Services


@dataclass(frozen=True, slots=True)
class Undo:
    services: Services

    async def __call__(self, job: Job, permits: JobPermits) -> Result:
        shop, client = await self.services.client_for(job.shop_id, permits)
        planning = Planning(self.services, client, shop, job)
        return await edit(self.services, job, shop, client, permits, partial(self._plan, job, planning))

    async def _plan(self, job: Job, planning: Planning, current: dict[str, Any]) -> PlannedEdit | Done | Wait:
        plan = await planning.plan(current, Restore(job.product or {}, dump_state(state_of(job.state, UndoState))))
        return plan if isinstance(plan, PlannedEdit) else without_edit(self.services, job, plan, current)
