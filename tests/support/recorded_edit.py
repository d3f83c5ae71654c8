"""A recorded edit that took effect, and the undo job for it."""

from __future__ import annotations

from typing import Any

from model.job import Job, undo_job_id
from model.job_state import UndoState
from record.entry import EventName, NewEdit
from record.record import Record, known_event
from relisting.merge import UnknownFields, merge
from relisting.old_category import old_category
from tests.support.record_entries import NOON


async def recorded_undo(
    record: Record,
    shop_id: str,
    before: dict[str, Any],
    changed: dict[str, Any] | None = None,
    events: tuple[tuple[EventName, str], ...] = (("answered", "relisted"),),
) -> Job:
    """Records the edit that made `changed` of the product `before` (both as Get Product shows them)."""
    after = {**before, **(changed or {})}
    body = merge(after, old_category(after)[0], after.get("product_attributes") or ())
    sent = body if not isinstance(body, UnknownFields) else after
    number = await record.append(
        NewEdit(NOON, shop_id, str(before["id"]), "relist", "spring", "own_leaf", sent, before)
    )
    for name, outcome in events:
        await record.append_event(known_event(number, NOON, name, outcome=outcome))
    state = UndoState(edits=(number,))
    return Job(shop_id, undo_job_id(str(before["id"])), "undo", run_id="undo-spring-1", state=state)
