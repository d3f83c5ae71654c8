"""A job and its stored form: JSON with short keys and without defaults, since lanes hold millions of them."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from typing import Any, Literal, get_args

import orjson

from model.answered_fields import are_answered_fields, merged_fields
from model.immutable import immutable
from model.job_state import JobState, dump_state, load_state, merge_states

JobKind = Literal["relist", "list", "search", "upgrade", "audit", "undo", "canary"]
Priority = Literal["normal", "urgent"]
KINDS: tuple[str, ...] = get_args(JobKind)
RENAMED_KINDS = {"heartbeat": "canary"}
"""Kinds in the spelling of releases before 0.2."""

_SHORT = {
    "kind": "k",
    "run_id": "r",
    "trace_id": "t",
    "category_id": "c",
    "brand_id": "b",
    "attributes": "a",
    "fields": "F",
    "origin_category": "o",
    "origin": "g",
    "dry_run": "d",
    "priority": "p",
    "external_id": "x",
    "product": "P",
    "filter": "f",
    "state": "s",
    "attempts": "n",
    "errors": "e",
}
_TYPES: dict[str, type] = {
    "attributes": list,
    "fields": dict,
    "dry_run": bool,
    "origin": dict,
    "product": dict,
    "filter": dict,
    "state": dict,
    "attempts": int,
    "errors": list,
}
"""JSON types of the fields that are not strings."""
_LONG = {short: long for long, short in _SHORT.items()}
_STATE = _SHORT["state"]
DRY_RUN_FIELD = _SHORT["dry_run"]
"""Key of the payload that marks a dry run; the scripts receive it as an argument."""
_AUDIT, _UNDO = "audit:", "undo:"


def audit_job_id(product_id: str) -> str:
    """The id of the job that follows a product's audit."""
    return _AUDIT + product_id


def undo_job_id(product_id: str) -> str:
    return _UNDO + product_id


def audited_product(job_id: str) -> str:
    """The product whose audit this job follows, or empty for every other job."""
    return job_id.removeprefix(_AUDIT) if job_id.startswith(_AUDIT) else ""


@immutable
class Job:
    """A unit of work in a shop's lane, unique there by `id`.

    `id` is the product id for `relist`; `list:<external_id>`, `search:<run_id>`, `upgrade`, `audit:<product_id>`,
    `undo:<product_id>`, `canary` for the others.
    """

    shop_id: str
    id: str
    kind: JobKind = "relist"
    priority: Priority = "normal"
    category_id: str = ""
    brand_id: str = ""
    attributes: tuple[dict[str, Any], ...] = ()
    """Answers to worklist questions: `{"id": ..., "values": [{"id" | "name": ...}]}`."""
    fields: dict[str, Any] | None = None
    """Answers for other fields of the edit (model/answered_fields.py)."""
    origin_category: str = ""
    """Category path on the feeder's own platform, passed to Recommend Category as evidence."""
    origin: dict[str, Any] | None = None
    """The product's category, type, vendor, tags and attributes on the feeder's own platform."""
    dry_run: bool = False
    run_id: str = ""
    trace_id: str = ""
    external_id: str = ""
    product: dict[str, Any] | None = None
    filter: dict[str, Any] | None = None
    state: JobState | None = None
    """The progress of a job that runs in steps, and facts about the product that are not hints (model/job_state.py)."""
    attempts: int = 0
    """Failed runs so far; waiting does not count."""
    errors: tuple[str, ...] = ()
    """The last ten failed attempts, oldest first: `<time> [<code>] <message>`."""

    @property
    def product_id(self) -> str:
        """The platform's product id, or empty for a job that has none."""
        if self.kind == "relist":
            return self.id
        if self.kind in ("audit", "undo"):
            return self.id.partition(":")[2]
        return ""

    @property
    def has_hints(self) -> bool:
        """Whether this carries a decision that must survive a merge into a waiting job."""
        decided = self.category_id or self.brand_id or self.attributes or self.fields or self.product
        decided = decided or self.origin_category or self.origin
        if decided or self.state is None:
            return bool(decided)
        # That a search found the product on v1 is a fact, not a decision.
        return bool(dump_state(self.state).keys() - {"on_v1", "looks_again"})

    def dump(self) -> bytes:
        values = _values_of(self)
        if values == _DEFAULTS:
            return b"{}"
        body = {
            short: dump_state(value) if short == _STATE else value
            for short, value, default in zip(_LONG, values, _DEFAULTS, strict=True)
            if value is not default and value != default
        }
        return orjson.dumps(body)

    @classmethod
    def load(cls, shop_id: str, job_id: str, payload: bytes) -> Job:
        """Raises ValueError for a payload this version cannot read."""
        body = orjson.loads(payload)
        if not isinstance(body, dict):
            raise ValueError("payload is not an object")
        if not body:
            return cls(shop_id, job_id)
        try:
            fields = {_LONG[short]: value for short, value in body.items()}
        except KeyError as unknown:
            raise ValueError(f"payload has an unknown key {unknown}") from None
        for name, value in fields.items():
            if not isinstance(value, _TYPES.get(name, str)):
                raise ValueError(f"payload's {name} is {type(value).__name__}")
        if not all(isinstance(answer, dict) and "id" in answer for answer in fields.get("attributes", ())):
            raise ValueError("payload's attributes do not have the form of answers")
        if not are_answered_fields(fields.get("fields", {})):
            raise ValueError("payload's fields do not have the form of answers")
        for name in ("attributes", "errors"):
            if name in fields:
                fields[name] = tuple(fields[name])
        if "kind" in fields:
            fields["kind"] = RENAMED_KINDS.get(fields["kind"], fields["kind"])
        if "state" in fields:
            fields["state"] = load_state(fields.get("kind", "relist"), fields["state"])
        return cls(shop_id, job_id, **fields)

    def merged_with(self, newer: Job, *, is_event: bool = False) -> Job:
        """This job with the newer one's hints; fields the newer one does not set are kept.

        A dry-run update never alters a real job. A real update turns a dry run into a real run without its hints; an
        event update does not.
        """
        if newer.dry_run and not self.dry_run:
            return self
        dry_run = self.dry_run and (newer.dry_run or is_event)
        old = self if dry_run == self.dry_run else self._without_hints()
        attributes = {answer["id"]: answer for answer in old.attributes}
        attributes.update({answer["id"]: answer for answer in newer.attributes})
        merged = merge_states(old.state, newer.state)
        return replace(
            old,
            priority="urgent" if "urgent" in (old.priority, newer.priority) else "normal",
            category_id=newer.category_id or old.category_id,
            brand_id=newer.brand_id or old.brand_id,
            attributes=tuple(attributes.values()),
            fields=merged_fields(old.fields, newer.fields),
            origin_category=newer.origin_category or old.origin_category,
            origin=newer.origin or old.origin,
            dry_run=dry_run,
            run_id=newer.run_id or old.run_id,
            trace_id=newer.trace_id or old.trace_id,
            product=newer.product or old.product,
            filter=newer.filter or old.filter,
            state=_without_backoff(merged) if merged and not is_event else merged,
        )

    def with_decisions_of(self, other: Job) -> Job:
        """This job with the category, brand, answers and origin of the other one."""
        return replace(
            self,
            category_id=other.category_id,
            brand_id=other.brand_id,
            attributes=other.attributes,
            fields=other.fields,
            origin_category=other.origin_category,
            origin=other.origin,
        )

    def _without_hints(self) -> Job:
        return self.with_decisions_of(Job(self.shop_id, self.id))


_values_of = attrgetter(*_SHORT)
_DEFAULTS: tuple[Any, ...] = _values_of(Job("", ""))


def _without_backoff(state: JobState) -> JobState:
    """A feeder or an operator who enqueues the job again wants it to run immediately."""
    return replace(state, retry_at=0) if state.retry_at else state
