"""What planning ends in: an edit that is ready to leave, or what stands in its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from model.outcome import Reason


@dataclass(frozen=True, slots=True)
class PlannedEdit:
    """Everything but the edit itself."""

    body: Mapping[str, Any]
    category_id: str
    rule: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    """In words, for a person who reads a plan before it is carried out."""


@dataclass(frozen=True, slots=True)
class AlreadyMigrated:
    """Proven to be on v2, complete, and an edit would change nothing."""

    category_id: str
    proof: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NeedsInput:
    """What a person must decide or supply before the product can be edited."""

    reasons: tuple[Reason, ...]
    category_id: str | None = None
    warnings: tuple[str, ...] = ()
    category_path: str = ""
