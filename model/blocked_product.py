"""The products that wait for somebody: one hash a shop, product id -> the record of the outcome that blocks it.

Beside the published record it keeps what a person needs (title, category path) and what a retry must not forget: the
hints the blocked job had, so that an answer given last week still holds when the next one comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from model.job import Job
from model.outcome import Outcome

HINTS = ("category_id", "brand_id", "attributes", "origin_category", "dry_run")
KEPT_STATE = ("plan", "changed_category", "changed_from")
"""Of a relist job's state: the plan it must not depart from, and the leaf a webhook told of."""
RETRIED_KINDS = ("relist", "audit")
"""A `list` job's product body is not kept: whoever fed it feeds it again."""


def context_of(job: Job, outcome: Outcome) -> dict[str, Any]:
    """What is kept of a blocked product beside its record; nothing that is empty."""
    hints = {name: value for name in HINTS if (value := getattr(job, name))}
    if kept := {name: value for name, value in (job.state or {}).items() if name in KEPT_STATE}:
        hints["state"] = kept
    forms = {
        reason.attribute_id: {name: value for name, value in asdict(reason.form).items() if value}
        for reason in outcome.reasons
        if reason.attribute_id and reason.form
    }
    context = {"title": outcome.title, "category_path": outcome.category_path, "hints": hints, "forms": forms}
    return {name: value for name, value in context.items() if value}


@dataclass(frozen=True, slots=True)
class BlockedProduct:
    shop_id: str
    product_id: str
    """The field of the hash: a product id, or `list:<external id>`."""
    outcome: str
    at: str
    reasons: tuple[Mapping[str, Any], ...]
    kind: str = "relist"
    title: str = ""
    category_id: str = ""
    category_path: str = ""
    record: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, shop_id: str, product_id: str, text: bytes) -> BlockedProduct:
        """Never fails: what cannot be read must reach a person too, not hide."""
        try:
            record = orjson.loads(text)
        except orjson.JSONDecodeError:
            record = None
        if not isinstance(record, dict):
            reason = {"code": "unreadable_record", "message": "The stored outcome is not JSON.", "actor": "operator"}
            record = {"outcome": "failed", "reasons": [reason]}
        return cls(
            shop_id,
            product_id,
            str(record.get("outcome") or ""),
            str(record.get("at") or ""),
            tuple(each for each in record.get("reasons") or () if isinstance(each, dict)),
            str(record.get("kind") or "relist"),
            str(record.get("title") or ""),
            str(record.get("category_id") or ""),
            str(record.get("category_path") or ""),
            record,
        )

    @property
    def codes(self) -> tuple[str, ...]:
        """Each reason's code once, in the order they were found."""
        return tuple(dict.fromkeys(str(reason.get("code") or "") for reason in self.reasons))

    def form_of(self, attribute_id: str) -> Mapping[str, Any]:
        """The fields of its AnswerForm that are set."""
        form = (self.record.get("forms") or {}).get(attribute_id)
        return form if isinstance(form, dict) else {}

    @property
    def can_be_retried(self) -> bool:
        return self.kind in RETRIED_KINDS

    def retry(self, *, live: bool = False) -> Job:
        """The job that tries again with all the blocked one knew; `live` makes a dry run a real one."""
        hints = self.record.get("hints") or {}
        return Job(
            self.shop_id,
            self.product_id,
            category_id=str(hints.get("category_id") or ""),
            brand_id=str(hints.get("brand_id") or ""),
            attributes=tuple(hints.get("attributes") or ()),
            origin_category=str(hints.get("origin_category") or ""),
            dry_run=bool(hints.get("dry_run")) and not live,
            run_id=str(self.record.get("run_id") or ""),
            trace_id=str(self.record.get("trace_id") or ""),
            state=hints.get("state"),
        )
