"""The results of planning: an edit that is ready to be sent, or the reason why there is no edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from model.immutable import immutable
from model.outcome import Reason


@immutable
class PlannedEdit:
    """A complete edit or creation that has not been sent."""

    body: Mapping[str, Any]
    category_id: str
    rule: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    """One line per change, for people who review a plan."""
    off_sale: bool = False
    """Whether the seller has deactivated the product, which must stay deactivated."""
    features: Mapping[str, str] = field(default_factory=dict)
    """Features that the platform may refuse: id -> field (validate/features.py)."""


@dataclass(frozen=True, slots=True)
class AlreadyMigrated:
    """The product is proven to be on v2 and complete, and an edit would change nothing."""

    category_id: str
    proof: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NeedsInput:
    """A seller or an operator must decide or supply something before the product can be edited."""

    reasons: tuple[Reason, ...]
    category_id: str | None = None
    warnings: tuple[str, ...] = ()
    category_path: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The product cannot be edited yet: the platform decides when the wait ends, or the seller has unfinished work."""

    reason: Reason
    category_id: str | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """The product is deleted."""

    reason: Reason


Plan = PlannedEdit | AlreadyMigrated | NeedsInput | Waiting | Gone
