"""The inputs and results of resolving a product's v2 leaf."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from model.immutable import immutable
from model.job_state import CategoryChange
from model.outcome import Reason
from relisting.mapping import MappingRow
from relisting.recommender import Recommender

Rule = Literal[
    "feeder", "mapping", "webhook", "own_leaf", "same_path", "recommended", "agreed", "before_image", "proposal"
]


@dataclass(frozen=True, slots=True)
class Recommended:
    """The result of Recommend Category; `leaf_id` is None without a recommendation."""

    leaf_id: str | None
    recommender: Recommender = field(default_factory=Recommender)
    """How far recommendations are trusted in the market."""


@dataclass(frozen=True, slots=True)
class ProposedLeaf:
    """A leaf of a split category that may be chosen without asking."""

    leaf: str
    score: float
    bound: float
    """Upper bound of the share of such choices that are wrong."""
    tests: int
    sources: tuple[str, ...] = ()


@immutable
class CategorySources:
    """Data outside the product that may decide its leaf, in order of precedence."""

    feeder: str = ""
    """A leaf id from the feeder or from a worklist answer."""
    mapping: MappingRow | None = None
    change: CategoryChange | None = None
    recommended: Recommended | None = None
    """None before Recommend Category was called."""
    proposed: ProposedLeaf | None = None


@immutable
class Resolved:
    category_id: str
    rule: Rule
    evidence: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unresolved:
    reason: Reason
    category_id: str | None = None
    """The product's leaf, if it is known but closed to the shop."""


@dataclass(frozen=True, slots=True)
class NeedsRecommendation:
    """Call Recommend Category, then resolve again with its result."""
