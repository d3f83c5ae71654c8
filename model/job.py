"""One job: what a lane keeps of it. Stored as orjson with short keys and no defaults, since lanes hold millions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import orjson

JobKind = Literal["relist", "list", "search", "upgrade", "audit", "undo", "heartbeat"]
Priority = Literal["normal", "urgent"]
KINDS: tuple[str, ...] = get_args(JobKind)
ON_V1 = "on_v1"
"""In a relist job's state: a search for what is on v1 has found the product. Nobody's decision, so no hint."""

_SHORT = {
    "kind": "k",
    "run_id": "r",
    "trace_id": "t",
    "category_id": "c",
    "brand_id": "b",
    "attributes": "a",
    "origin_category": "o",
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
    "dry_run": bool,
    "product": dict,
    "filter": dict,
    "state": dict,
    "attempts": int,
    "errors": list,
}
"""Of the fields that are no strings, as JSON has them."""
_LONG = {short: long for long, short in _SHORT.items()}


@dataclass(frozen=True, slots=True)
class Job:
    """A unit of work in a shop's lane, unique there by `id`.

    `id` is the product id for `relist`; `list:<external_id>`, `search:<run_id>`, `upgrade`, `audit:<product_id>`,
    `undo:<product_id>`, `heartbeat` for the others.
    """

    shop_id: str
    id: str
    kind: JobKind = "relist"
    priority: Priority = "normal"
    category_id: str = ""
    brand_id: str = ""
    attributes: tuple[dict[str, Any], ...] = ()
    """Answers to worklist gaps: `{"id": ..., "values": [{"id" | "name": ...}]}`."""
    origin_category: str = ""
    """The feeder's own platform's category path, given to Recommend Category as evidence."""
    dry_run: bool = False
    run_id: str = ""
    trace_id: str = ""
    external_id: str = ""
    product: dict[str, Any] | None = None
    filter: dict[str, Any] | None = None
    state: dict[str, Any] | None = None
    """Where a job that runs in steps goes on: a search's cursor, an audit's leaf, an upgrade's deadline. And what is
    known of a product beside the hints: its plan, what a webhook told, that a search found it on v1."""
    attempts: int = 0
    """Real failures so far; waiting is none."""
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
        """Whether this carries a person's decision, which must not be lost when it merges into a waiting job."""
        decided = self.category_id or self.brand_id or self.attributes or self.product or self.origin_category
        return bool(decided or (self.state or {}).keys() - {ON_V1})

    def dump(self) -> bytes:
        body: dict[str, Any] = {}
        for name, short in _SHORT.items():
            value = getattr(self, name)
            if value != _DEFAULTS[name]:
                body[short] = value
        return orjson.dumps(body) if body else b"{}"

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
            raise ValueError("payload's attributes are not answers")
        for name in ("attributes", "errors"):
            if name in fields:
                fields[name] = tuple(fields[name])
        return cls(shop_id, job_id, **fields)

    def merged_with(self, newer: Job, *, is_event: bool = False) -> Job:
        """This job with the newer one's hints; what the newer one does not say stays.

        A dry run changes nothing of a job in earnest, and what it tried is not done in earnest. Of news, which nobody
        ordered, a dry run stays one.
        """
        if newer.dry_run and not self.dry_run:
            return self
        dry_run = self.dry_run and (newer.dry_run or is_event)
        old = self if dry_run == self.dry_run else self._without_hints()
        attributes = {answer["id"]: answer for answer in old.attributes}
        attributes.update({answer["id"]: answer for answer in newer.attributes})
        return replace(
            old,
            priority="urgent" if "urgent" in (old.priority, newer.priority) else "normal",
            category_id=newer.category_id or old.category_id,
            brand_id=newer.brand_id or old.brand_id,
            attributes=tuple(attributes.values()),
            origin_category=newer.origin_category or old.origin_category,
            dry_run=dry_run,
            run_id=newer.run_id or old.run_id,
            trace_id=newer.trace_id or old.trace_id,
            product=newer.product or old.product,
            filter=newer.filter or old.filter,
            state={**(old.state or {}), **(newer.state or {})} or None,
        )

    def _without_hints(self) -> Job:
        return replace(self, category_id="", brand_id="", attributes=(), origin_category="")


_DEFAULTS: dict[str, Any] = {name: getattr(Job("", ""), name) for name in _SHORT}
