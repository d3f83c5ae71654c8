"""Writes the record of an edit: the entry before it is sent, and events and states afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import structlog

from model.blocked_product import BlockedProduct
from model.job import Job
from model.job_state import AuditState, state_of
from model.outcome import Outcome
from record.cause_scope import LEVELS
from record.entry import EventName, NewEdit, NewEvent, StoredEdit
from record.errors import DamagedStore, RecordUnavailable
from record.membership import join_run
from record.record import known_event
from record.state import STATES, ProductStateName, StateChange
from relisting.planned import PlannedEdit
from tiktok_shop.errors import TikTokShopError, Transient
from worker.services import Services

log = structlog.get_logger("relist.record")

GIVEN_UP = "the worker lost the shop or stopped before it sent the edit"
PRODUCT_KINDS = frozenset({"relist", "list", "undo", "audit"})


async def record_edit(
    services: Services,
    job: Job,
    before: Mapping[str, Any] | None,
    plan: PlannedEdit,
    decision: str = "",
    levels: Sequence[str] = (),
) -> int:
    """Returns the entry's number when it is durable. Only then may the edit be sent. Raises RecordUnavailable.

    `decision` is its name in the rollout; if empty, the rule and the leaf are used. `levels` are all levels to which it
    belongs.
    """
    await services.begun_runs.begin(services.record, job, services.now())
    evidence = {**plan.evidence, LEVELS: list(levels)} if levels else plan.evidence
    return await services.record.append(
        NewEdit(
            services.now(),
            job.shop_id,
            job.product_id,
            job.kind,
            job.run_id,
            plan.rule,
            plan.body,
            before,
            decision or f"{plan.rule}@{plan.category_id}",
            evidence,
            job.external_id,
            job.trace_id,
            job.attempts + 1,
            plan.changes,
        )
    )


async def record_answer(
    services: Services, job: Job, edit_id: int, outcome: Outcome, *, is_leased: bool = True
) -> None:
    """Records that the platform accepted the edit.

    A worker that was suspended and has lost the shop writes no state: another one may have followed the audit to its
    end.
    """
    event = known_event(
        edit_id,
        services.now(),
        "answered",
        outcome=outcome.outcome,
        request_id=outcome.request_id,
        product_id=outcome.product_id if not job.product_id else None,
        warnings=outcome.warnings,
    )
    await record_event(services, event, change_of(services, job, outcome) if is_leased else None)


async def record_error(services: Services, edit_id: int, error: TikTokShopError) -> None:
    """Records that the edit was refused or never sent. Writes nothing if the edit may have arrived."""
    if isinstance(error, Transient) and error.outcome_unknown:
        return
    name: EventName = "refused" if error.code or error.request_id else "not_sent"
    about = {"request_id": error.request_id, "code": error.code or None, "message": str(error)}
    await record_event(services, known_event(edit_id, services.now(), name, **about), None)


async def record_not_sent(services: Services, edit_id: int, message: str) -> None:
    await record_event(services, known_event(edit_id, services.now(), "not_sent", message=message), None)


async def record_audit_end(services: Services, job: Job, edit_id: int, outcome: Outcome) -> None:
    """Records the end of the audit. Without a number only the state is recorded, at the end of the job."""
    if not edit_id:
        return
    event = known_event(
        edit_id,
        services.now(),
        "audit_ended",
        outcome=outcome.outcome,
        reasons=[reason.message for reason in outcome.reasons],
    )
    await record_event(services, event, change_of(services, job, outcome))


async def record_undone(services: Services, edit_id: int, outcome: Outcome, run_id: str) -> None:
    """Records that an edit which undoes this one was accepted."""
    event = known_event(
        edit_id, services.now(), "undone", outcome=outcome.outcome, run_id=run_id, warnings=outcome.warnings
    )
    await record_event(services, event, None)


async def record_state(services: Services, job: Job, outcome: Outcome) -> None:
    """Records the product's state after a job. Edits and audits have already written it with their event."""
    with_event = job.kind in ("relist", "undo") and outcome.outcome in ("in_audit", "relisted")
    followed = state_of(job.state, AuditState).edit
    ends = outcome.outcome != "waiting"
    with_event |= ends and job.kind == "audit" and followed is not None and followed.edit_id > 0
    if with_event or (state := change_of(services, job, outcome)) is None:
        return
    try:
        await services.begun_runs.begin(services.record, job, services.now())
        await services.record.set_states([state])
    except RecordUnavailable as unavailable:
        log.warning("record_unavailable", error=str(unavailable), shop_id=job.shop_id, product_id=job.product_id)


async def record_found(
    services: Services, job: Job, product_ids: Sequence[str], blocked: Mapping[str, BlockedProduct]
) -> None:
    """A search has found these products for its run. Without the record they join the run when they are edited.

    A blocked product that the record does not know was blocked by a dry run; the search does not queue it.
    """
    try:
        await services.begun_runs.begin(services.record, job, services.now())
        now = services.now()
        ends = [_blocked_state(each, now, job.run_id) for each in blocked.values() if each.outcome in STATES]
        await join_run(services.record.database, job.run_id, job.shop_id, product_ids, now, ends)
    except (RecordUnavailable, DamagedStore) as unavailable:
        log.warning("record_unavailable", error=str(unavailable), shop_id=job.shop_id, job_id=job.id)


def _blocked_state(product: BlockedProduct, now: datetime, run_id: str) -> StateChange:
    reason = str(product.reasons[0].get("message") or "") if product.reasons else ""
    name = cast(ProductStateName, product.outcome)
    return StateChange(now, product.shop_id, product.product_id, name, reason, run_id, product.title)


async def open_edit(services: Services, job: Job, category_id: str) -> StoredEdit | None:
    """This service's newest edit of the product to this category, if it may have arrived and its end is not recorded,
    else None.

    Either its response was lost, or it was accepted, for this kind and run, by a worker that did not commit the job.
    Raises RecordUnavailable.
    """
    last = await services.record.last_sent(job.shop_id, job.product_id)
    if not isinstance(last, StoredEdit) or last.edit.get("category_id") != category_id:
        return None
    if last.event("audit_ended", "undone") is not None:
        return None
    answered = last.event("answered")
    if answered is None:
        return last
    is_own = (last.kind, last.run_id) == (job.kind, job.run_id)
    return last if is_own and answered.about.get("outcome") == "in_audit" else None


def change_of(services: Services, job: Job, outcome: Outcome) -> StateChange | None:
    """The product's new state; None for dry runs, searches and upgrades."""
    product_id = outcome.product_id or job.product_id
    if job.dry_run or job.kind not in PRODUCT_KINDS or not product_id or outcome.outcome not in STATES:
        return None
    reason = outcome.reasons[0].message if outcome.reasons else ""
    now, skus = services.now(), outcome.skus
    return StateChange(now, job.shop_id, product_id, outcome.outcome, reason, job.run_id, outcome.title, skus)


async def record_event(services: Services, event: NewEvent, state: StateChange | None) -> None:
    """Writes the event. An unavailable record must not change the job's result, since the edit was already sent."""
    try:
        await services.record.append_event(event, state)
    except RecordUnavailable as unavailable:
        log.error("record_event_lost", error=str(unavailable), edit_id=event.edit_id, event_name=event.name)
