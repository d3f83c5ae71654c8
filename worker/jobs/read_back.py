"""The audit job's read-back of an accepted edit, and its reports of read-back and audit to the rollout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog

from model.job import Job
from model.job_state import AuditState, state_of
from record.entry import BadEntry, StoredEdit
from record.record import known_event
from record.scope import Scope
from relisting.merge import product_status
from relisting.old_category import old_category
from relisting.review import UNDER_REVIEW, audit_status
from rollout.look_timing import SECOND_LOOK_SECONDS
from rollout.outcome import Changed, Clean, Damaged, NotSeen, NotSent, NotYet, Permit, ReadBack
from rollout.read_back import created, read_back
from rollout.service import Rollout
from tiktok_shop.errors import ProductNotFound, TikTokShopError
from tiktok_shop.shop_client import ShopClient
from worker.engine.call_permits import JobPermits
from worker.engine.results import Continue
from worker.jobs.audit_notice import notice_of
from worker.jobs.recording import record_event
from worker.jobs.rollout_gate import reported
from worker.jobs.rollout_state import FollowedEdit, dump_followed, followed_edit
from worker.services import Services

log = structlog.get_logger("relist.rollout")

NO_VERSION_UNDER_REVIEW = 12052547
SHORTEST_PAUSE_SECONDS = 0.5
WOKEN_BY_A_LOOK = 4
"""Windows double, and a product that needs no look lets the next one ask."""


@dataclass(frozen=True, slots=True)
class AuditStep:
    """The audit job after a look. `pause` is the seconds to its next step; with None this step checks the audit."""

    job: Job
    pause: float | None = None
    live: Mapping[str, Any] | None = None
    """The live version, if the look has just read it."""


def awaits_read_back(job: Job) -> bool:
    """Whether the next step of this audit job needs a call for the read-back."""
    stored = state_of(job.state, AuditState).rollout
    return stored is not None and not stored.get("is_read_back", True)


async def step_read_back(services: Services, job: Job, permits: JobPermits) -> Continue | AuditStep:
    """The next look, or the step that follows once the edit is read back.

    Raises InvalidEdit, RolloutContended, RolloutFull, CorruptRecord, RedisError, OSError, TikTokShopError.
    """
    if services.rollout is None or not awaits_read_back(job):
        return AuditStep(job)
    followed = followed_edit(state_of(job.state, AuditState).rollout)
    if followed is None:
        return AuditStep(job)
    step = await _look(services, services.rollout, job, followed, permits)
    return step if step.pause is None else Continue(step.job, step.pause)


async def look_after_audit(services: Services, job: Job, permits: JobPermits) -> None:
    """Compares the live version of an approved edit that was not visible before. A failed read is not evidence.

    Raises the errors of Rollout.report.
    """
    followed = followed_edit(state_of(job.state, AuditState).rollout) if services.rollout else None
    edit = state_of(job.state, AuditState).edit
    if services.rollout is None or followed is None or not followed.is_late or edit is None:
        return
    before = await _before_image(services, job, edit.edit_id)
    if before is None:
        return
    _, client = await services.client_for(job.shop_id, permits, "read_back")
    try:
        seen = read_back(before, await client.get_product(job.product_id), followed.declared)
    except TikTokShopError as problem:
        log.warning("late_read_back_failed", error=str(problem), shop_id=job.shop_id, product_id=job.product_id)
        return
    if not isinstance(seen, NotYet):
        await _end(services, services.rollout, job, followed, seen, edit.edit_id, is_late=True)


async def report_audit_end(services: Services, job: Job, *, rejected: bool) -> None:
    """Reports the end of the audit to the rollout. Call it once the end is in the record."""
    followed = followed_edit(state_of(job.state, AuditState).rollout) if services.rollout else None
    if services.rollout is not None and followed is not None:
        await reported(services.rollout.audit_ended(followed.permit, rejected=rejected), job)
        await reported(services.held.wake(followed.permit.edit.gate_keys, WOKEN_BY_A_LOOK), job)


async def report_gone(services: Services, job: Job) -> None:
    """Frees the places of an edit whose product was deleted. Its audit does not count."""
    followed = followed_edit(state_of(job.state, AuditState).rollout) if services.rollout else None
    if services.rollout is not None and followed is not None:
        await reported(services.rollout.report(followed.permit, NotSent()), job)
        await reported(services.held.wake(followed.permit.edit.gate_keys, WOKEN_BY_A_LOOK), job)


async def _look(
    services: Services, rollout: Rollout, job: Job, followed: FollowedEdit, permits: JobPermits
) -> AuditStep:
    state = state_of(job.state, AuditState)
    edited_at, edit_id = (state.edit.edited_at, state.edit.edit_id) if state.edit else (0, 0)
    before = None if followed.is_new else await _before_image(services, job, edit_id)
    _, client = await services.client_for(job.shop_id, permits, "read_back")
    try:
        # Once the audit has ended, no version is under review. A late webhook may concern an earlier audit.
        now, is_under_review = await _shown_version(client, job.product_id, has_ended=bool(notice_of(job)))
    except ProductNotFound:
        return await _end(services, rollout, job, followed, NotSeen(), edit_id)
    since = services.transport.timestamp() - edited_at
    if followed.is_new:
        seen: Clean | NotYet | Changed | Damaged = created(followed.permit.edit.fields, followed.declared.leaf, now)
    elif before is None:
        return await _end(services, rollout, job, followed, NotSeen(), edit_id)
    else:
        seen = read_back(before, now, followed.declared)
    # The version before such an edit may have a later time, as after a sale.
    is_live = not followed.is_new and not is_under_review
    is_over = is_live and _has_no_edit(now, job)
    if isinstance(seen, Clean) and (is_over or (is_live and audit_status(now) in UNDER_REVIEW)):
        seen = NotYet()
    if isinstance(seen, Changed | Damaged) and not followed.differing:
        return AuditStep(_with(job, replace(followed, differing=seen.fields)), SECOND_LOOK_SECONDS)
    if isinstance(seen, NotYet):
        followed = replace(followed, looks=followed.looks + 1, differing=())
        is_over = is_over or _is_rejected(now, job)
        due = None if is_over else rollout.read_back_due(followed.looks)
        if due is not None:
            return AuditStep(_with(job, followed), max(due - since, SHORTEST_PAUSE_SECONDS))
        # A platform may show a version only when its audit has ended.
        followed = replace(followed, is_late=not is_over)
        return await _end(services, rollout, job, followed, NotSeen(), edit_id)
    ended = await _end(services, rollout, job, followed, seen, edit_id, float(since))
    # The audit of a version under review need not be read again.
    if is_under_review:
        return replace(ended, pause=services.audit_poll_seconds) if state.notice is None else ended
    return replace(ended, live=now)


async def _end(
    services: Services,
    rollout: Rollout,
    job: Job,
    followed: FollowedEdit,
    result: ReadBack,
    edit_id: int,
    shown_after: float | None = None,
    *,
    is_late: bool = False,
) -> AuditStep:
    """Ends the read-back. The report comes first: it is idempotent, and losing it would lose the stop."""
    await rollout.report(followed.permit, result, shown_after=shown_after, is_late=is_late)
    levels = (*_freed_levels(followed.permit), *services.held.unread(job.shop_id))
    await reported(services.held.wake(levels, WOKEN_BY_A_LOOK), job)
    fields = result.fields if isinstance(result, Changed | Damaged) else ()
    name = {Clean: "clean", Changed: "changed", Damaged: "damaged"}.get(type(result), "not_seen")
    if isinstance(result, Damaged):
        log.error("edit_damaged", fields=fields, shop_id=job.shop_id, product_id=job.product_id, edit_id=edit_id)
    if edit_id:
        about = {"result": name, "changed" if isinstance(result, Changed) else "damaged": fields}
        event = known_event(edit_id, services.now(), "read_back", **about, shown_after=shown_after)
        await record_event(services, event, None)
    return AuditStep(_with(job, replace(followed, is_read_back=True, differing=fields)))


def _freed_levels(permit: Permit) -> tuple[str, ...]:
    """The levels in which the end of a read-back may release further edits."""
    return tuple(dict.fromkeys((*permit.windows, *((permit.edit.leaf_key,) if permit.looks else ()))))


async def edit_of(services: Services, job: Job, edit_id: int) -> StoredEdit | None:
    """The entry of the edit with this number; None if it is no longer in the record. Raises RecordUnavailable."""
    async for entry in services.record.edits(Scope(job.shop_id, job.product_id, newest_first=True), thorough=False):
        if isinstance(entry, BadEntry):
            continue
        if isinstance(entry, StoredEdit) and entry.id == edit_id:
            return entry
    return None


async def _before_image(services: Services, job: Job, edit_id: int) -> Mapping[str, Any] | None:
    """The product before the edit with this number; None if the record no longer has it."""
    entry = await edit_of(services, job, edit_id)
    return entry.before if entry is not None else None


async def _shown_version(client: ShopClient, product_id: str, *, has_ended: bool) -> tuple[dict[str, Any], bool]:
    """The version under review and True, or the live version and False if none is under review."""
    if has_ended:
        return await client.get_product(product_id), False
    try:
        return await client.get_product(product_id, under_review=True), True
    except TikTokShopError as problem:
        if problem.code != NO_VERSION_UNDER_REVIEW:
            raise
    return await client.get_product(product_id), False


def _is_rejected(now: Mapping[str, Any], job: Job) -> bool:
    """Whether the audit has rejected the edit, so that it will never be visible."""
    if audit_status(now) == "FAILED":
        return True
    edit = state_of(job.state, AuditState).edit
    return notice_of(job) == "FAILED" and edit is not None and old_category(now)[0] != edit.category_id


def _has_no_edit(live: Mapping[str, Any], job: Job) -> bool:
    """Whether the edit is not in this live version and never will be: its audit failed, or the product was deleted."""
    return product_status(live) == "DELETED" or _is_rejected(live, job)


def _with(job: Job, followed: FollowedEdit) -> Job:
    return replace(job, state=replace(state_of(job.state, AuditState), rollout=dump_followed(followed)))
