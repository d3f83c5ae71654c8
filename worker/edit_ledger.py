"""Remembers accepted edits until their jobs are committed, so that no failing side effect leads to a second edit.

A job may run again after its edit was accepted, because a log line, a metric or the commit failed. It then receives the
response of the accepted edit instead of sending another one. As a last resort, the worker stops before a job that was
never committed sends a third edit, since this can only be an unknown bug.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from model.immutable import immutable
from model.job import Job
from relisting.planned import PlannedEdit
from rollout.outcome import Admitted
from rollout.read_back import Declared
from tiktok_shop.product_responses import EditResponse
from worker.engine.observer import Observer
from worker.engine.results import StopWorker

MAX_ACCEPTED = 2
REMEMBERED_SECONDS = 600.0
"""After this time others may have changed the product, so the job reads it again."""
MAX_REMEMBERED = 10_000


@immutable
class Places:
    """The rollout's part in an accepted edit: its follow-up job returns the places, even after a repetition."""

    admitted: Admitted
    declared: Declared


@dataclass(frozen=True, slots=True)
class AcceptedBefore:
    plan: PlannedEdit
    response: EditResponse
    edit_id: int
    """The number of its entry in the record."""
    places: Places | None


@dataclass(slots=True)
class _Entry:
    decision: tuple[Any, ...]
    plan: PlannedEdit
    response: EditResponse
    edit_id: int
    at: float
    places: Places | None = None
    accepted: int = 1


class EditLedger(Observer):
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._sent: dict[tuple[str, str], tuple[str, float]] = {}
        """(shop, product) -> the job that last sent an edit of the product, and when it was sent or accepted."""

    def accepted(self, job: Job) -> AcceptedBefore | None:
        """Plan, response and record number of the edit accepted for this job; None if no edit awaits its commit."""
        entry = self._entries.get((job.shop_id, job.id))
        if entry is None or entry.decision != _decision(job) or self._clock() - entry.at > REMEMBERED_SECONDS:
            return None
        return AcceptedBefore(entry.plan, entry.response, entry.edit_id, entry.places)

    def check(self, job: Job) -> None:
        """Call this directly before an edit is sent. Raises StopWorker at the cap."""
        entry = self._entries.get((job.shop_id, job.id))
        if entry is not None and entry.accepted >= MAX_ACCEPTED and entry.decision == _decision(job):
            raise StopWorker(
                f"product {job.product_id or job.external_id} of shop {job.shop_id} was edited {entry.accepted} times "
                "for one decision and is about to be edited again; the worker stops to protect the listings"
            )

    def other_sent_since(self, job: Job, at: float) -> bool:
        """Whether another job's edit was sent or accepted since `at`, which makes a read from that time outdated.

        A relist and an undo of one product may run at the same time. `at` is a time of `time.monotonic`.
        """
        sender, sent_at = self._sent.get((job.shop_id, job.product_id), ("", 0.0))
        return sender not in ("", job.id) and sent_at >= at

    def sending(self, job: Job) -> None:
        """Call this directly before an edit of an existing product is sent."""
        self._note_sent(job)

    def _note_sent(self, job: Job) -> None:
        key = (job.shop_id, job.product_id)
        self._sent.pop(key, None)
        while len(self._sent) >= MAX_REMEMBERED:
            del self._sent[next(iter(self._sent))]
        self._sent[key] = job.id, time.monotonic()

    def remember(
        self, job: Job, plan: PlannedEdit, response: EditResponse, edit_id: int, places: Places | None = None
    ) -> None:
        """Call this immediately after an edit was accepted. `edit_id` is its number in the record."""
        if job.product_id:
            self._note_sent(job)  # A read made while the edit was in progress may not show it.
        key, decision = (job.shop_id, job.id), _decision(job)
        old = self._entries.pop(key, None)
        accepted = old.accepted + 1 if old is not None and old.decision == decision else 1
        while len(self._entries) >= MAX_REMEMBERED:
            del self._entries[next(iter(self._entries))]
        self._entries[key] = _Entry(decision, plan, response, edit_id, self._clock(), places, accepted)

    def job_committed(self, shop_id: str, job_id: str) -> None:
        self._entries.pop((shop_id, job_id), None)

    def lease_lost(self, shop_id: str) -> None:
        """Forgets the shop's edits, since another worker now decides about its products."""
        for kept in (self._entries, self._sent):
            for key in [key for key in kept if key[0] == shop_id]:
                del kept[key]


def _decision(job: Job) -> tuple[Any, ...]:
    """The inputs that determine the edit of a job; attempts and stored state do not."""
    hints = job.category_id, job.brand_id, job.attributes, job.fields, job.origin_category, job.origin
    return job.kind, job.run_id, *hints, job.product
