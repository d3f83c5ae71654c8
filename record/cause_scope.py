"""The edits that a cause of the rollout covers, for an undo. Pure.

An edit's evidence names the levels of the rollout it belongs to (`rollout`: release, market, rules, decisions, leaf).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from record.entry import StoredEdit

LEVELS = "rollout"
"""The key of the levels in an edit's evidence."""
EVERY_MARKET = "*"
"""Replaces the market in the name of a decision that is a cause in all markets."""


@dataclass(frozen=True, slots=True)
class CauseScope:
    """A decision, leaf, rule, market or release covers its edits. A field covers the edits that carried it, and in each
    leaf only those sent after the newest edit with a clean read-back.
    """

    cause: str
    clean: Mapping[str, datetime] = field(default_factory=dict)
    """Leaf -> when that edit was recorded."""

    @property
    def damaged_field(self) -> str:
        """The field to restore where it is blank; empty = the whole edit is undone."""
        parts = self.cause.split("/")
        return parts[1] if parts[0] == "field" else ""

    def covers(self, edit: StoredEdit) -> bool:
        name = self.damaged_field
        if not name:
            return edit.decision == self.cause or self.cause in levels_of(edit) or self._is_in_a_market(edit)
        if not _carries(edit, name) or not self._is_in_scope(edit):
            return False
        clean = self.clean.get(leaf_of(edit))
        return clean is None or edit.at > clean

    def with_clean(self, edit: StoredEdit) -> CauseScope:
        """Records a clean read-back of the field."""
        look, leaf = edit.event("read_back"), leaf_of(edit)
        if look is None or look.about.get("result") != "clean" or not _carries(edit, self.damaged_field):
            return self
        return replace(self, clean={**self.clean, leaf: max(self.clean.get(leaf, edit.at), edit.at)})

    def _is_in_a_market(self, edit: StoredEdit) -> bool:
        """Whether the cause is a decision in all markets that the edit names in a single market, as older entries
        do.
        """
        kind, market, *decision = self.cause.split("/", 2)
        if (kind, market) != ("decision", EVERY_MARKET):
            return False
        return any(each.startswith("decision/") and each.split("/", 2)[2:] == decision for each in levels_of(edit))

    def _is_in_scope(self, edit: StoredEdit) -> bool:
        parts = self.cause.split("/")
        return len(parts) == 2 or leaf_of(edit) == f"leaf/{parts[2]}/{parts[3]}"


def levels_of(edit: StoredEdit) -> tuple[str, ...]:
    """Empty for an edit that was sent without a rollout."""
    levels = edit.evidence.get(LEVELS)
    return tuple(str(each) for each in levels) if isinstance(levels, list) else ()


def leaf_of(edit: StoredEdit) -> str:
    return next((each for each in levels_of(edit) if each.startswith("leaf/")), "")


def _carries(edit: StoredEdit, name: str) -> bool:
    before = edit.before or {}
    if name in ("skus.deleted", "skus.added"):
        return bool(before.get("skus"))
    if name.startswith("skus."):
        own = name.removeprefix("skus.")
        return any(isinstance(sku, Mapping) and sku.get(own) for sku in before.get("skus") or ())
    return bool(before.get(name) or edit.edit.get("brand_id" if name == "brand" else name))
