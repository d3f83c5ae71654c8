"""The inputs and results of resolving a product's v2 leaf."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from model.job_state import CategoryChange
from model.outcome import Reason
from relisting.mapping import MappingRow

Rule = Literal["feeder", "mapping", "webhook", "own_leaf", "same_path", "recommended", "agreed", "before_image"]


@dataclass(frozen=True, slots=True)
class Recommended:
    """The result of Recommend Category; `leaf_id` is None without a recommendation."""

    leaf_id: str | None


@dataclass(frozen=True, slots=True)
class CategorySources:
    """Data outside the product that may decide its leaf, in order of precedence."""

    feeder: str = ""
    """A leaf id from the feeder or from a worklist answer."""
    mapping: MappingRow | None = None
    change: CategoryChange | None = None
    recommended: Recommended | None = None
    """None before Recommend Category was called."""


@dataclass(frozen=True, slots=True)
class Resolved:
    category_id: str
    rule: Rule
    evidence: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unresolved:
    reason: Reason
    category_id: str | None = None
    """The leaf of the product if it is known but closed to the shop."""


@dataclass(frozen=True, slots=True)
class NeedsRecommendation:
    """Call Recommend Category, then resolve again with its result."""
