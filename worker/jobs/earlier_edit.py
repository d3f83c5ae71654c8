"""Finds the edit that an earlier run of a job has sent but not committed.

A worker that is suspended or dies after sending an edit leaves its job to another worker. If the audit of that edit has
failed meanwhile, the listing looks as if it had never been edited. It looks the same while the edit is still on its way
to the platform. Only the record knows better.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from model.job import Job
from record.entry import StoredEdit
from relisting.planned import PlannedEdit
from worker.services import Services

DECIDED = ("category_id", "brand_id", "product_attributes")
"""Fields of an edit that the decision determines. All others are the seller's."""


ARRIVAL_SECONDS = 7.0
"""The longest time from an edit's entry to its arrival: its read may be 5 s old when it is sent, and it travels for up
to 2 s. The entry of another worker is read by this machine's clock."""


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """An edit without an answer that may still reach the platform: the product shows nothing of it yet."""

    seconds: float
    """Seconds until it has arrived or never will."""


async def earlier_edit(
    services: Services, job: Job, product: Mapping[str, Any], plan: PlannedEdit
) -> StoredEdit | OnItsWay | None:
    """The edit to follow or to wait for instead of sending `plan`, or None. Raises RecordUnavailable.

    The job follows an accepted edit with the same content and run whose audit has no recorded end, and an unanswered
    one whose audit has visibly failed. It waits for any other unanswered edit that may still arrive.
    """
    last = await services.record.last_sent(job.shop_id, job.product_id)
    if not isinstance(last, StoredEdit) or last.event("audit_ended", "undone") is not None:
        return None
    answered = last.event("answered")
    if (last.kind, last.run_id) == (job.kind, job.run_id) and _same_content(last.edit, plan.body):
        if answered is not None:
            return last if answered.about.get("outcome") == "in_audit" else None
        if _has_failed(product) and not _has_failed(last.before or {}):
            return last
    return _on_its_way(last, services.now()) if answered is None else None


def _on_its_way(sent: StoredEdit, now: datetime) -> OnItsWay | None:
    age = (now - sent.at).total_seconds()
    # A clock that is far behind must not hold up the product.
    return OnItsWay(min(ARRIVAL_SECONDS - age, ARRIVAL_SECONDS)) if abs(age) < ARRIVAL_SECONDS else None


def _same_content(sent: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    return all((sent.get(name) or None) == (body.get(name) or None) for name in DECIDED)


def _has_failed(product: Mapping[str, Any]) -> bool:
    return (product.get("audit") or {}).get("status") == "FAILED"
