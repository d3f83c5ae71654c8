"""The outcome of a job, as other systems read it from `relist:outcomes` (docs/contracts.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from model.immutable import immutable

Actor = Literal["seller", "operator", "platform"]
OutcomeName = Literal[
    "in_audit", "waiting", "relisted", "already_v2", "needs_input", "rejected", "failed", "gone", "planned", "done"
]
"""`waiting` is not final: it is published once when the wait begins, and the job stays in its lane.
`done` ends jobs that are not about one product (search, upgrade)."""

OUTCOME_NAMES: tuple[str, ...] = get_args(OutcomeName)


@dataclass(frozen=True, slots=True)
class AllowedValue:
    id: str
    name: str
    score: float | None = None
    """Chance of being the right value, from 0 to 1, as measured on products whose value is known; None if unknown."""
    source: str = ""
    """Where it was found: `title`, `description`, `sku`, `attribute`, `package`, `siblings` or, for a category,
    `recommendation`, separated by commas; empty if nowhere."""
    words: str = ""
    """The words from which it was read."""

    def record(self) -> dict[str, Any]:
        """An element of `allowed_values`; the most likely is first if they have scores."""
        found = {"score": self.score, "source": self.source or None, "words": self.words or None}
        return {"id": self.id, "name": self.name, **{name: value for name, value in found.items() if value is not None}}


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """The form an answer for an attribute must have, in addition to the allowed values; used by the worklist."""

    name: str
    """Name of the attribute as sellers know it."""
    custom: bool = False
    """Values outside the list are accepted."""
    several: bool = False
    number: bool = False
    more_values: bool = False
    """The list of allowed values is truncated."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that keeps a product from its v2 leaf, in words a seller understands."""

    code: str
    """The platform's code as a string (`"12052217"`), or a slug of this service (`"attribute_required"`)."""
    message: str
    actor: Actor
    field: str | None = None
    """Path in the edit body: `title`, `category_id`, `skus[0].seller_sku`, `product_attributes`."""
    attribute_id: str | None = None
    allowed_values: tuple[AllowedValue, ...] = ()
    form: AnswerForm | None = None
    """For the worklist; not published."""

    def record(self) -> dict[str, Any]:
        """An element of `reasons` in the published record."""
        own = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "form"}
        return {**own, "allowed_values": [value.record() for value in self.allowed_values]}


@immutable
class Outcome:
    outcome: OutcomeName
    category_id: str | None = None
    request_id: str | None = None
    reasons: tuple[Reason, ...] = ()
    warnings: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    """How many products a search or upgrade found, enqueued, skipped by reason, and could not reach."""
    product_id: str = ""
    """Set for a product that the job created; otherwise the job has the ID."""
    title: str = ""
    """Title of the product, for the worklist and the record; not published."""
    skus: tuple[str, ...] = ()
    """The seller's names of its variants, for the record; not published."""
    category_path: str = ""
    """Path of the v2 leaf, for the worklist; not published."""

    def record(
        self,
        *,
        shop_id: str,
        product_id: str,
        run_id: str,
        trace_id: str,
        kind: str,
        attempts: int,
        at: datetime,
    ) -> dict[str, Any]:
        """The published JSON object."""
        return {
            "shop_id": shop_id,
            "product_id": self.product_id or product_id,
            "run_id": run_id,
            "trace_id": trace_id,
            "kind": kind,
            "outcome": self.outcome,
            "category_id": self.category_id,
            "attempts": attempts,
            "request_id": self.request_id,
            "reasons": [reason.record() for reason in self.reasons],
            "warnings": list(self.warnings),
            **({"counts": dict(self.counts)} if self.counts else {}),
            "at": at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        }
