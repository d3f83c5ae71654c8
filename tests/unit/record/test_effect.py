"""Whether a recorded edit took effect follows from its events."""

from __future__ import annotations

import pytest

from record.effect import Effect, damaged_fields, effect_of
from record.entry import EventName, StoredEdit, StoredEvent
from tests.support.record_entries import NOON


def edit(*events: tuple[EventName, str]) -> StoredEdit:
    stored = tuple(StoredEvent(n, 1, NOON, name, {"outcome": outcome}) for n, (name, outcome) in enumerate(events))
    return StoredEdit(1, NOON, "s", "1", "relist", "r", "rule", {}, {}, "", {}, "", "", 1, stored)


@pytest.mark.parametrize(("events", "effect"), [
    ((), "unanswered"),
    ((("answered", "relisted"),), "live"),
    ((("answered", "in_audit"),), "in_audit"),
    ((("answered", "in_audit"), ("audit_ended", "relisted")), "live"),
    ((("answered", "in_audit"), ("audit_ended", "rejected")), "none"),
    ((("refused", ""),), "none"),
    ((("not_sent", ""),), "not_sent"),
    ((("answered", "relisted"), ("undone", "in_audit")), "live"),
])  # fmt: skip
def test_effect(events: tuple[tuple[EventName, str], ...], effect: Effect) -> None:
    assert effect_of(edit(*events)) == effect


def test_damaged_fields_come_from_the_read_back() -> None:
    look = StoredEvent(1, 1, NOON, "read_back", {"damaged": ["title", "skus.seller_sku"]})
    seen = StoredEdit(1, NOON, "s", "1", "relist", "r", "rule", {}, {}, "", {}, "", "", 1, (look,))
    assert damaged_fields(seen) == {"title", "skus.seller_sku"}
    assert damaged_fields(edit(("read_back", "clean"))) == frozenset()
