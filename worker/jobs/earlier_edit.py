"""Finds the edit that an earlier run of a job has sent but not committed.

A worker that is suspended or dies after sending an edit leaves its job to another worker. If the audit of that edit has
failed meanwhile, the listing looks as if it had never been edited. Only the record knows better.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.job import Job
from record.entry import StoredEdit
from relisting.planned import PlannedEdit
from worker.services import Services

DECIDED = ("category_id", "brand_id", "product_attributes")
"""Fields of an edit that the decision determines. All others are the seller's."""


async def earlier_edit(
    services: Services, job: Job, product: Mapping[str, Any], plan: PlannedEdit
) -> StoredEdit | None:
    """The edit to follow instead of sending `plan`, or None. Raises RecordUnavailable.

    Found are an accepted edit with the same content and run whose audit has no recorded end, and an unanswered one
    whose audit has visibly failed.
    """
    last = await services.record.last_sent(job.shop_id, job.product_id)
    if not isinstance(last, StoredEdit) or (last.kind, last.run_id) != (job.kind, job.run_id):
        return None
    if last.event("audit_ended", "undone") is not None or not _same_content(last.edit, plan.body):
        return None
    if (answered := last.event("answered")) is not None:
        return last if answered.about.get("outcome") == "in_audit" else None
    return last if _has_failed(product) and not _has_failed(last.before or {}) else None


def _same_content(sent: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    return all((sent.get(name) or None) == (body.get(name) or None) for name in DECIDED)


def _has_failed(product: Mapping[str, Any]) -> bool:
    return (product.get("audit") or {}).get("status") == "FAILED"
