"""A blocked product: a product whose last outcome needs a person.

In addition to the published record it keeps the title and category path for the worklist, and the hints of the blocked
job, so that a retry still has the answers given earlier.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson

from model.hint import Hint
from model.job import Job
from model.job_state import RelistState, dump_state, load_state, state_of
from model.outcome import Outcome

HINTS = ("category_id", "brand_id", "attributes", "fields", "origin_category", "origin", "dry_run")
KEPT = "kept"
"""Field with the answers that wait for the product's other answers, by question: `text` and `hint`."""
RETRIED_KINDS = ("relist", "audit")
"""A `list` job's product body is not kept; the feeder must feed it again."""


def context_of(job: Job, outcome: Outcome) -> dict[str, Any]:
    """The fields kept with a blocked product in addition to its record, without empty ones."""
    hints = {name: value for name in HINTS if (value := getattr(job, name))}
    if isinstance(job.state, RelistState) and (job.state.plan or job.state.changed):
        hints["state"] = dump_state(RelistState(plan=job.state.plan, changed=job.state.changed))
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
    """Field of the hash: a product id, or `list:<external id>`."""
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
        """Never fails: an unreadable record becomes a `failed` product with a reason, so that an operator sees it."""
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
        """The distinct codes of its reasons, in the order in which they were found."""
        return tuple(dict.fromkeys(str(reason.get("code") or "") for reason in self.reasons))

    def form_of(self, attribute_id: str) -> Mapping[str, Any]:
        """The fields of the attribute's AnswerForm that are set."""
        form = (self.record.get("forms") or {}).get(attribute_id)
        return form if isinstance(form, dict) else {}

    @property
    def kept(self) -> Mapping[str, Mapping[str, Any]]:
        """Answers that wait for others, by question: `text` as typed, and `hint`."""
        kept = self.record.get(KEPT)
        if not isinstance(kept, dict):
            return {}
        return {key: each for key, each in kept.items() if isinstance(each, dict)}

    @property
    def can_be_retried(self) -> bool:
        return self.kind in RETRIED_KINDS

    @property
    def is_dry_run(self) -> bool:
        """Whether the outcome that blocks it is that of a dry run."""
        return bool((self.record.get("hints") or {}).get("dry_run"))

    def retry(self, *, live: bool = False) -> Job:
        """The job that tries again with all hints of the blocked one; `live` makes a dry run a real run."""
        job = self._with_hints(live=live)
        for each in self.kept.values():
            hint = each.get("hint")
            job = Hint.load(hint).added_to(job) if isinstance(hint, dict) else job
        return job

    def _with_hints(self, *, live: bool) -> Job:
        hints = self.record.get("hints") or {}
        return Job(
            self.shop_id,
            self.product_id,
            category_id=str(hints.get("category_id") or ""),
            brand_id=str(hints.get("brand_id") or ""),
            attributes=tuple(hints.get("attributes") or ()),
            fields=hints.get("fields") or None,
            origin_category=str(hints.get("origin_category") or ""),
            origin=hints.get("origin") or None,
            dry_run=self.is_dry_run and not live,
            run_id=str(self.record.get("run_id") or ""),
            trace_id=str(self.record.get("trace_id") or ""),
            state=replace(_state(hints.get("state")), looks_again=True),
        )


def _state(stored: Any) -> RelistState:
    try:
        state = load_state("relist", stored) if isinstance(stored, dict) else None
    except ValueError:
        state = None
    return state_of(state, RelistState)
