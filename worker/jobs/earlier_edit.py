"""Finds the edit that an earlier run of a job has sent but not committed.

A worker that is suspended or dies after sending an edit leaves its job to another worker. The listing may look as if it
had never been edited: while the edit is still on its way to the platform, after its audit has failed, and even when it
is live, if it kept the leaf. Only the record shows the truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from model.job import Job
from record.entry import StoredEdit
from relisting.answered_fields import decided_names
from relisting.planned import PlannedEdit
from relisting.review import audit_status
from relisting.version import changes_nothing
from tiktok_shop.shop_client import ShopClient
from worker.planning import searched_version
from worker.services import Services

DECIDED = ("category_id", "brand_id", "product_attributes")
"""Fields of an edit that the decision determines. All other fields are the seller's, unless a person has answered
them.
"""

ARRIVAL_SECONDS = 7.0
"""The longest time from an edit's entry to its arrival: its read may be 5 s old when it is sent, and transmission takes
up to 2 s. Another worker's entry is compared with this machine's clock.
"""


@dataclass(frozen=True, slots=True)
class EditInFlight:
    """An unanswered edit that may still reach the platform: the product does not show it yet."""

    seconds: float
    """Seconds until it has arrived or never will."""


async def earlier_edit(
    services: Services, job: Job, client: ShopClient, product: Mapping[str, Any], plan: PlannedEdit
) -> StoredEdit | EditInFlight | None:
    """The edit to follow or to wait for instead of sending `plan`, or None. Raises RecordUnavailable, TikTokShopError.

    The job follows an accepted edit with the same content and run whose audit has no recorded end, and an unanswered
    one whose audit has visibly ended: it failed, or the product is on v2 and this plan would add nothing to it. The job
    waits for any other unanswered edit that may still arrive.
    """
    last = await services.record.last_sent(job.shop_id, job.product_id)
    if not isinstance(last, StoredEdit) or last.event("audit_ended", "undone") is not None:
        return None
    answered = last.event("answered")
    is_same = _same_content(last.edit, plan.body, job)
    if (last.kind, last.run_id) == (job.kind, job.run_id) and is_same:
        if answered is not None:
            return last if answered.about.get("outcome") == "in_audit" else None
        if _has_failed(product) and not _has_failed(last.before or {}):
            return last
    if answered is not None:
        return None
    if (waiting := _in_flight(last, services.now())) is not None:
        return waiting
    # That edit does not contain a person's later answer.
    if job.kind != "relist" or not (is_same or _changes_only_the_tree(product, plan.body, job)):
        return None
    return last if await _has_moved(client, last, product, plan) else None


async def _has_moved(client: ShopClient, sent: StoredEdit, product: Mapping[str, Any], plan: PlannedEdit) -> bool:
    """Whether the edit has put the product on v2. The search's knowledge about the product is older than that."""
    is_to_leaf = sent.edit.get("category_id") == plan.category_id
    return is_to_leaf and (await searched_version(client, product)).version == "v2"


def _changes_only_the_tree(product: Mapping[str, Any], body: Mapping[str, Any], job: Job) -> bool:
    is_answered = all(product.get(name) == body.get(name) for name in decided_names(job.fields or {}))
    return is_answered and changes_nothing(product, body)


async def has_uncommitted_edit(services: Services, job: Job) -> bool:
    """Whether the job may have sent an edit whose end is not recorded. Raises RecordUnavailable."""
    last = await services.record.last_sent(job.shop_id, job.product_id)
    if not isinstance(last, StoredEdit) or (last.kind, last.run_id) != (job.kind, job.run_id):
        return False
    answered = last.event("answered")
    is_open = answered is None or answered.about.get("outcome") == "in_audit"
    return is_open and last.event("audit_ended", "undone") is None


def _in_flight(sent: StoredEdit, now: datetime) -> EditInFlight | None:
    age = (now - sent.at).total_seconds()
    # A clock that is far behind must not delay the product.
    return EditInFlight(min(ARRIVAL_SECONDS - age, ARRIVAL_SECONDS)) if abs(age) < ARRIVAL_SECONDS else None


def _same_content(sent: Mapping[str, Any], body: Mapping[str, Any], job: Job) -> bool:
    names = (*DECIDED, *decided_names(job.fields or {}))
    return all((sent.get(name) or None) == (body.get(name) or None) for name in names)


def _has_failed(product: Mapping[str, Any]) -> bool:
    return audit_status(product) == "FAILED"
