"""Asks the rollout before an edit is sent, and returns the permit of an edit that was not accepted.

With RELIST_ROLLOUT=off it holds only what an operator has stopped, and some edits are read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self, TypeVar

import structlog

from model.job import Job
from model.job_state import AuditState, state_of, stored_state
from model.outcome import Outcome, Reason
from model.shop import Shop
from record.errors import RecordUnavailable
from redis_client.connect import REDIS_UNAVAILABLE
from relisting.planned import PlannedEdit
from rollout.admission import LOOK_RETRY_SECONDS
from rollout.edit import Edit
from rollout.outcome import Admitted, Held, NotSent
from rollout.read_back import Declared
from rollout.service import Rollout
from rollout.store import RolloutFull
from rollout.transactions import RolloutContended
from shop_queue.corrupt_lane import CorruptLane
from shop_queue.producer import EnqueueRequest
from tiktok_shop.errors import TikTokShopError, Transient
from worker.edit_ledger import Places
from worker.engine.results import Done, Retry, Snooze, Wait
from worker.jobs.rollout_edit import declared_changes, rollout_creation, rollout_edit
from worker.jobs.rollout_state import FollowedEdit, dump_followed, dump_held, held_edit, sent_edit
from worker.services import Services

log = structlog.get_logger("relist.rollout")

T = TypeVar("T")
QUIET_SECONDS = 5
"""A wait for a read-back is published if it lasts this many seconds. A healthy platform shows an edit within a second
or two.
"""
WOKEN_WHEN_OPEN = 50
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
    was_sent: bool = False
    """Whether an earlier run of the job has sent the edit, which may have arrived although its response was lost."""
    is_first_ask: bool = False
    """Whether this process holds the job for the first time, so that another process may have sent its edit."""

    @property
    def decision(self) -> str:
        """The name of the edit's first decision, as `relist rollout list` shows it; empty for a product that keeps its
        leaf.
        """
        keys = self.admitted.permit.edit.decision_keys if self.admitted is not None else ()
        return keys[0] if keys else ""

    @property
    def levels(self) -> tuple[str, ...]:
        """Every level of the rollout that the edit belongs to, for its entry in the record."""
        return self.admitted.permit.edit.keys if self.admitted is not None else ()

    @property
    def places(self) -> Places | None:
        """The data about an accepted edit that the ledger keeps."""
        if self.admitted is None or self.declared is None:
            return None
        return Places(self.admitted, self.declared)

    def take_over(self, places: Places | None) -> None:
        """Keeps the places of an edit that was accepted before."""
        if places is not None and self.services.rollout is not None:
            self.admitted, self.declared = places.admitted, places.declared

    def take_over_sent(self) -> None:
        """Keeps the places of an edit whose response was lost in an earlier run of the job."""
        sent = sent_edit(self.job)
        if sent is not None and self.services.rollout is not None:
            self.admitted, self.declared = Admitted(sent.permit, not sent.is_read_back), sent.declared
            self.is_kept = self.was_sent = True

    @property
    def _files(self) -> str:
        """The version of the operator's files on which decisions are based."""
        return self.services.mapping.version() + self.services.attribute_rules.version()

    async def still_held(self) -> Wait | Snooze | None:
        """Asks again for the edit that was held before, so that a job that must keep waiting does not read the product.

        Nor is a product read while the release's window is full, or while enough products wait for a read-back.
        """
        if self.services.rollout is None or self.job.dry_run:
            return None
        held, edit = self.services.held, held_edit(self.job, self._files)
        self.is_first_ask = not held.knows(self.job)
        held.forget(self.job)
        if stored_state(self.job.kind, self.job.state).sent_at:
            return None  # The edit may have arrived, which the product will show.
        if edit is not None:
            return await self._ask(self.services.rollout, edit)
        if level := held.level_before_reading(self.job.shop_id, is_asking=True):
            seconds = held.hold(self.job, level, LOOK_RETRY_SECONDS)
            return Snooze(seconds, f"rollout: {level}: first edits are being read back")
        return None

    async def admit(self, product: Mapping[str, Any], plan: PlannedEdit) -> Wait | None:
        """Returns None if the edit may be sent. An edit that asks again keeps its places."""
        rollout = self.services.rollout
        if rollout is None:
            return None
        self.is_kept = self.was_sent = False
        self.declared = declared_changes(self.job, product, plan, self.services.allowed_fields)
        edit = rollout_edit(self.job, self.shop.region, plan, product, self.declared)
        if self.admitted is not None and replace(self.admitted.permit.edit, undoes=edit.undoes) != edit:
            await rollout.report(self.admitted.permit, NotSent())
            self.admitted = None
        return await self._ask(rollout, edit)

    async def admit_creation(self, plan: PlannedEdit) -> Wait | None:
        """Returns None if the listing may be created."""
        rollout = self.services.rollout
        if rollout is None:
            return None
        self.is_kept = self.was_sent = False
        self.declared = Declared(plan.category_id)
        edit = rollout_creation(self.job, self.shop.region, plan)
        if self.admitted is not None and self.admitted.permit.edit != edit:
            await rollout.report(self.admitted.permit, NotSent())
            self.admitted = None
        return await self._ask(rollout, edit)

    async def _ask(self, rollout: Rollout, edit: Edit) -> Wait | None:
        answer = await rollout.admit(edit)
        is_undo = self.job.kind == "undo" and bool(edit.decisions)
        if isinstance(answer, Held) and answer.stopped and is_undo and answer.cause not in edit.decision_keys:
            # An undo must be able to repair the damage of any cause but its own.
            answer = await rollout.admit(replace(edit, undoes=answer.cause))
        if isinstance(answer, Admitted):
            before = self.admitted
            if before is None:
                self.admitted = answer
            else:
                joined = before.permit.joined_with(answer.permit)
                self.admitted = Admitted(joined, before.read_back or answer.read_back)
            self.services.held.release_has_room(edit.shop_id)
            if not answer.permit.windows and not answer.permit.looks:
                levels = (edit.release_key, edit.leaf_key, *self.services.held.unread(edit.shop_id))
                await reported(self.services.held.wake(levels, WOKEN_WHEN_OPEN), self.job)
            return None
        return self._wait(edit, answer)

    def _wait(self, edit: Edit, held: Held) -> Wait:
        """The outcome `waiting` is published once, when the wait begins.

        A wait for a read-back usually ends within seconds and is normal, like a wait for a rate limit. It is
        published at the first request after `QUIET_SECONDS`, since in a new tree one product in five waits like this.
        """
        state = stored_state(self.job.kind, self.job.state)
        now = int(self.services.now().timestamp())
        message = HELD_MESSAGE.format(cause=held.cause, why=held.why)
        reason = Reason("rollout", message, "operator" if held.stopped else "platform")
        since = int((state.rollout or {}).get("since") or now)
        is_pace = held.is_brief or (held.cause.startswith("release/") and not held.stopped)
        publishes = not state.waiting_since and (not is_pace or now - since >= QUIET_SECONDS)
        outcome = Outcome("waiting", edit.leaf, reasons=(reason,)) if publishes else None
        waiting_since = since if publishes else state.waiting_since
        kept = dump_held(edit, held.cause, since, self._files)
        state = replace(
            state,
            waiting_since=waiting_since,
            waits=state.waits + 1,
            waiting_for=reason.code if waiting_since else state.waiting_for,
            rollout=kept,
        )
        if held.cause.startswith("release/") and not held.stopped:
            self.services.held.release_is_full(self.job.shop_id, held.cause)
        else:
            self.services.held.release_has_room(self.job.shop_id)
        seconds = self.services.held.hold(self.job, held.cause, held.retry_after, is_brief=held.is_brief)
        return Wait(replace(self.job, state=state), outcome, seconds, f"rollout: {held.cause}: {held.why}")

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
        is_new = self.job.kind == "list"
        followed = dump_followed(FollowedEdit(admitted.permit, declared, is_read_back=not looks_again, is_new=is_new))
        first_look = rollout.read_back_due(0) if looks_again else None
        return replace(done, follow_ups=tuple(_following(each, followed, first_look) for each in done.follow_ups))

    async def found(self, product: Mapping[str, Any], plan: PlannedEdit, done: Done) -> Done:
        """The result of an edit that arrived although its response was lost. It keeps the places with which it was
        sent.
        """
        if self.was_sent:
            return await self.accepted(done, ())
        return done if await self.admit(product, plan) is not None else await self.accepted(done, ())

    async def ended(self, result: T) -> T | Done:
        """The result of a job that sends no edit. The places of an edit sent by an earlier run are kept or freed."""
        rollout, admitted = self.services.rollout, self.admitted
        if rollout is None or admitted is None or not self.was_sent or not isinstance(result, Done):
            return result
        if result.follow_ups or result.outcome.outcome == "relisted":
            return await self.accepted(result, ())
        await reported(rollout.report(admitted.permit, NotSent()), self.job)
        return result

    def keep(self, lost: Retry) -> Retry:
        """Keeps the places, because the response was lost and the edit may have arrived. The next run takes them
        over.
        """
        self.is_kept = True
        if self.admitted is None or self.declared is None or lost.job is None:
            return lost
        sent = FollowedEdit(self.admitted.permit, self.declared, is_read_back=not self.admitted.read_back)
        state = replace(stored_state(lost.job.kind, lost.job.state), rollout=dump_followed(sent))
        return replace(lost, job=replace(lost.job, state=state))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Returns the permit of an edit that was refused or never sent. Any other permit expires after two minutes."""
        if self.services.rollout is None or self.admitted is None or self.is_kept:
            return
        if error is None or (isinstance(error, TikTokShopError | RecordUnavailable) and not may_have_arrived(error)):
            await reported(self.services.rollout.report(self.admitted.permit, NotSent()), self.job)


def may_have_arrived(error: BaseException) -> bool:
    """Whether the platform may have executed the edit: the response was lost, or the platform failed while processing
    it.
    """
    return isinstance(error, Transient) and (error.outcome_unknown or (error.http_status or 0) >= 500)


async def reported(report: Any, job: Job) -> None:
    """Sends a report that must not change the job's result. If it is lost, its places expire later."""
    try:
        await report
    except (*REDIS_UNAVAILABLE, RolloutContended, RolloutFull, CorruptLane) as error:
        log.warning("rollout_report_lost", error=str(error), shop_id=job.shop_id, product_id=job.product_id)


def _following(request: EnqueueRequest, followed: Mapping[str, Any], first_look: float | None) -> EnqueueRequest:
    state = replace(state_of(request.job.state, AuditState), rollout=followed)
    delay = request.delay_seconds if first_look is None else min(first_look, request.delay_seconds)
    return replace(request, job=replace(request.job, state=state), delay_seconds=delay)
