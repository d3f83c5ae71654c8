"""Asks the rollout before an edit is sent, and returns the permit of an edit that was not accepted.

Without a rollout (RELIST_ROLLOUT=off) the gate does nothing and makes no call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

import structlog

from model.job import Job
from model.job_state import AuditState, state_of, stored_state
from model.outcome import Outcome, Reason
from model.shop import Shop
from record.errors import RecordUnavailable
from redis_client.connect import REDIS_UNAVAILABLE
from relisting.planned import PlannedEdit
from rollout.edit import Edit
from rollout.outcome import Admitted, Held, NotSent
from rollout.read_back import Declared
from rollout.service import Rollout
from rollout.store import RolloutFull
from rollout.transactions import RolloutContended
from shop_queue.producer import EnqueueRequest
from tiktok_shop.errors import TikTokShopError, Transient
from worker.engine.results import Done, Wait
from worker.jobs.rollout_edit import declared_changes, rollout_edit
from worker.jobs.rollout_state import FollowedEdit, dump_followed, dump_held, held_edit
from worker.services import Services

log = structlog.get_logger("relist.rollout")

HELD_MESSAGE = "The edit waits for the rollout: {cause}: {why}."


@dataclass(slots=True)
class RolloutGate:
    """The rollout's checks in one run of an edit job.

    Methods raise RolloutContended, RolloutFull, CorruptRecord, RedisError and OSError.
    """

    services: Services
    job: Job
    shop: Shop
    admitted: Admitted | None = None
    declared: Declared | None = None
    is_kept: bool = False

    @property
    def decision(self) -> str:
        """The name of the edit's first decision, as `relist rollout list` shows it; empty for an own leaf."""
        keys = self.admitted.permit.edit.decision_keys if self.admitted is not None else ()
        return keys[0] if keys else ""

    async def still_held(self) -> Wait | None:
        """Asks again about the edit that was held before, so that a waiting job reads no product."""
        if self.services.rollout is None or self.job.dry_run or (edit := held_edit(self.job)) is None:
            return None
        if stored_state(self.job.kind, self.job.state).sent_at:
            return None  # It may have arrived; the product shows whether it did.
        return await self._ask(self.services.rollout, edit)

    async def admit(self, product: Mapping[str, Any], plan: PlannedEdit) -> Wait | None:
        """Returns None if the edit may be sent. An edit that asks again keeps its places."""
        rollout = self.services.rollout
        if rollout is None:
            return None
        self.declared = declared_changes(product, plan, self.services.allowed_fields, is_undo=self.job.kind == "undo")
        edit = rollout_edit(self.job, self.shop.region, plan, product, self.declared)
        if self.admitted is not None and replace(self.admitted.permit.edit, undoes=edit.undoes) != edit:
            await rollout.report(self.admitted.permit, NotSent())
            self.admitted = None
        return await self._ask(rollout, edit)

    async def _ask(self, rollout: Rollout, edit: Edit) -> Wait | None:
        answer = await rollout.admit(edit)
        if isinstance(answer, Held) and answer.stopped and self.job.kind == "undo":
            # An undo must be able to repair the damage of the cause that stopped the rollout.
            answer = await rollout.admit(replace(edit, undoes=answer.cause))
        if isinstance(answer, Admitted):
            self.admitted = answer
            return None
        return self._wait(edit, answer)

    def _wait(self, edit: Edit, held: Held) -> Wait:
        """The wait of a held edit; it publishes the outcome `waiting` once, when the wait begins."""
        state = stored_state(self.job.kind, self.job.state)
        now = int(self.services.now().timestamp())
        reason = Reason("rollout", HELD_MESSAGE.format(cause=held.cause, why=held.why), "operator")
        outcome = None if state.waiting_since else Outcome("waiting", edit.leaf, reasons=(reason,))
        state = replace(
            state, waiting_since=state.waiting_since or now, waits=state.waits + 1, rollout=dump_held(edit, held.cause)
        )
        waiting = replace(self.job, state=state)
        return Wait(waiting, outcome, held.retry_after, f"rollout: {held.cause}: {held.why}")

    def looks_again(self, warnings: tuple[str, ...]) -> bool:
        """Whether the accepted edit must be read back."""
        return self.admitted is not None and (self.admitted.read_back or bool(warnings))

    async def accepted(self, done: Done, warnings: tuple[str, ...]) -> Done:
        """The result, with the permit in the state of the job that reads the edit back and follows its audit."""
        rollout, admitted, declared = self.services.rollout, self.admitted, self.declared
        if rollout is None or admitted is None or declared is None:
            return done
        self.is_kept = True
        if not done.follow_ups:
            await reported(rollout.audit_ended(admitted.permit, rejected=False), self.job)
            return done
        looks_again = self.looks_again(warnings)
        followed = dump_followed(FollowedEdit(admitted.permit, declared, is_read_back=not looks_again))
        first_look = rollout.read_back_due(0) if looks_again else None
        return replace(done, follow_ups=tuple(_following(each, followed, first_look) for each in done.follow_ups))

    async def found(self, product: Mapping[str, Any], plan: PlannedEdit, done: Done) -> Done:
        """The result of an edit that arrived although its response was lost. It has the places it was sent with."""
        return done if await self.admit(product, plan) is not None else await self.accepted(done, ())

    def keep(self) -> None:
        """Keeps the permit, because the response was lost and the edit may have arrived."""
        self.is_kept = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Returns the permit of an edit that was refused or never sent. Any other expires after two minutes."""
        if self.services.rollout is None or self.admitted is None or self.is_kept:
            return
        if error is None or (isinstance(error, TikTokShopError | RecordUnavailable) and not may_have_arrived(error)):
            await reported(self.services.rollout.report(self.admitted.permit, NotSent()), self.job)


def may_have_arrived(error: BaseException) -> bool:
    """Whether the platform may have executed the edit: the response was lost, or the platform failed meanwhile."""
    return isinstance(error, Transient) and (error.outcome_unknown or (error.http_status or 0) >= 500)


async def reported(report: Any, job: Job) -> None:
    """Sends a report that must not change the job's result. If it is lost, its places expire later."""
    try:
        await report
    except (*REDIS_UNAVAILABLE, RolloutContended, RolloutFull) as error:
        log.warning("rollout_report_lost", error=str(error), shop_id=job.shop_id, product_id=job.product_id)


def _following(request: EnqueueRequest, followed: Mapping[str, Any], first_look: float | None) -> EnqueueRequest:
    state = replace(state_of(request.job.state, AuditState), rollout=followed)
    delay = request.delay_seconds if first_look is None else min(first_look, request.delay_seconds)
    return replace(request, job=replace(request.job, state=state), delay_seconds=delay)
