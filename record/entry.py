"""Entries of the record: edits as they were sent, and events about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

EventName = Literal["answered", "refused", "not_sent", "read_back", "audit_ended", "undone"]
"""`answered`: the platform accepted the edit. `refused`: it responded with an error. `not_sent`: the edit was given up
before any byte was sent. An edit without any of these may or may not have reached the platform."""


@dataclass(frozen=True, slots=True)
class NewEdit:
    """An edit that is about to be sent. Ids are the platform's."""

    at: datetime
    shop_id: str
    product_id: str
    """Empty for the creation of a listing."""
    kind: str
    """The kind of the job: relist, list or undo."""
    run_id: str
    rule: str
    edit: Mapping[str, Any]
    """The body of the request."""
    before: Mapping[str, Any] | None = None
    """The product as read; None for a creation."""
    decision: str = ""
    """The rule and the content version of the decision, for finding edits by decision."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    external_id: str = ""
    trace_id: str = ""
    attempt: int = 1
    changes: tuple[str, ...] = ()
    """One line per change, with the names of the category and of attributes."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event in the life of an edit."""

    edit_id: int
    at: datetime
    name: EventName
    about: Mapping[str, Any] = field(default_factory=dict)
    """JSON: `request_id`, `outcome`, `message`, `warnings`, differences of the read-back, reasons of the audit."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    id: int
    edit_id: int
    at: datetime
    name: EventName
    about: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredEdit:
    """An edit with a valid checksum, and its events in the order in which they were written."""

    id: int
    at: datetime
    shop_id: str
    product_id: str
    kind: str
    run_id: str
    rule: str
    edit: Mapping[str, Any]
    before: Mapping[str, Any] | None
    decision: str
    evidence: Mapping[str, Any]
    external_id: str
    trace_id: str
    attempt: int
    events: tuple[StoredEvent, ...] = ()
    changes: tuple[str, ...] = ()
    """Empty in entries of earlier releases."""

    def event(self, *names: EventName) -> StoredEvent | None:
        """The newest event with one of these names."""
        return next((each for each in reversed(self.events) if each.name in names), None)


@dataclass(frozen=True, slots=True)
class BadEntry:
    """An entry that cannot be used. Reading continues after it; the reader must report it."""

    id: int | None
    """None if the number could not be read either."""
    shop_id: str
    product_id: str
    why: str

    def __str__(self) -> str:
        about = f"entry {self.id}" if self.id is not None else "an entry"
        product = f" of product {self.product_id}" if self.product_id else ""
        shop = f" of shop {self.shop_id}" if self.shop_id else ""
        return f"{about}{product}{shop} cannot be used: {self.why}"
