"""Undoes recorded edits of a product but keeps later changes (relisting/restore.py)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from model.job import Job
from model.job_state import UndoState, dump_state, state_of
from model.outcome import Outcome, Reason
from record.effect import effect_of
from record.entry import BadEntry, StoredEdit
from record.made_edits import made_edit
from record.scope import Scope
from relisting.inputs import RestoreListing
from relisting.planned import AlreadyMigrated, PlannedEdit
from worker.engine.call_permits import JobPermits
from worker.engine.results import Done, Result, Wait
from worker.jobs.edit import edit
from worker.jobs.edit_results import without_edit
from worker.jobs.recording import record_undone
from worker.planning import Planning
from worker.services import Services


@dataclass(frozen=True, slots=True)
class Undo:
    services: Services

    async def __call__(self, job: Job, permits: JobPermits) -> Result:
        found = await self._edits(job)
        if isinstance(found, Outcome):
            return Done(found)
        shop, client = await self.services.client_for(job.shop_id, permits)
        planning = Planning(self.services, client, shop, job)
        result = await edit(self.services, job, shop, client, permits, partial(self._plan, job, planning, found))
        if isinstance(result, Done) and result.outcome.outcome in ("in_audit", "relisted"):
            for each in found:
                await record_undone(self.services, each.id, result.outcome, job.run_id)
        return result

    async def _edits(self, job: Job) -> list[StoredEdit] | Outcome:
        """The effective edits to undo, oldest first, or the outcome of a job without any.

        The effect of each edit is read here, because its audit may have ended since the undo was enqueued. Raises
        RecordUnavailable.
        """
        state = state_of(job.state, UndoState)
        found, bad = list[StoredEdit](), list[BadEntry]()
        async for entry in self.services.record.edits(Scope(job.shop_id, job.product_id)):
            if isinstance(entry, BadEntry):
                if entry.id is None or entry.id in state.edits:
                    bad.append(entry)
            elif entry.id in state.edits or (not state.edits and entry.at.isoformat() == state.edited_at):
                found.append(entry)
        if bad or not found:
            why = str(bad[0]) if bad else "the record has no entry of the edit"
            message = f"The product cannot be restored: {why}."
            return Outcome("failed", reasons=(Reason("record_unreadable", message, "operator"),))
        took_effect = [each for each in found if each.before is not None and effect_of(each) in ("live", "in_audit")]
        return took_effect or Outcome("done", warnings=("nothing to undo: the edit did not take effect",))

    async def _plan(
        self, job: Job, planning: Planning, edits: list[StoredEdit], current: dict[str, Any]
    ) -> PlannedEdit | Done | Wait:
        state = state_of(job.state, UndoState)
        made = tuple(made_edit(each, state.damaged_field) for each in edits)
        plan = await planning.plan(current, RestoreListing(made, dump_state(state)))
        if isinstance(plan, PlannedEdit):
            if not job.dry_run:
                return plan
            return Done(Outcome("planned", plan.category_id, warnings=plan.warnings))
        if isinstance(plan, AlreadyMigrated):
            return Done(Outcome("done", plan.category_id, warnings=(*plan.warnings, "nothing to restore")))
        return without_edit(self.services, job, plan, current)
