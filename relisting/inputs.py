"""The inputs of `plan` (plan.py), and its requests for inputs that are not gathered yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from relisting.attribute_rules import AttributeRules
from relisting.platform_habits import PlatformHabits
from relisting.refusals import Refusals
from relisting.resolution import CategorySources, NeedsRecommendation
from relisting.restore import MadeEdit
from relisting.tree import CategoryTree
from relisting.version import KnownVersion
from tiktok_shop.catalogue import Attribute, Brand, CategoryRules


@dataclass(frozen=True, slots=True)
class Relist:
    """Move a listed product to its v2 leaf."""


@dataclass(frozen=True, slots=True)
class Create:
    """List a new product under its v2 leaf."""

    external_id: str


@dataclass(frozen=True, slots=True)
class Restore:
    """Take recorded edits of a listed product back (restore.py)."""

    edits: tuple[MadeEdit, ...]
    """In the order they were made."""
    origin: Mapping[str, Any] = field(default_factory=dict)
    """Which edits are undone; recorded as evidence."""


Task = Relist | Create | Restore


@dataclass(frozen=True, slots=True)
class Leaf:
    """The requirements of one v2 leaf."""

    category_id: str
    rules: CategoryRules
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class BrandStanding:
    """A brand in the leaf and the shop of the product."""

    brand: Brand | None = None
    """None if the product has no brand or the catalogue does not list it."""
    is_unknown: bool = False
    """The shop was asked and has no such brand: an edit would clear it."""


@dataclass(frozen=True, slots=True)
class LeafInputs:
    leaf: Leaf
    brand: BrandStanding = field(default_factory=BrandStanding)
    brand_id: str = ""
    """The brand whose standing this is; empty if the product has none."""


@dataclass(frozen=True, slots=True)
class Inputs:
    task: Task
    region: str
    tree: CategoryTree
    sources: CategorySources = field(default_factory=CategorySources)
    brand_id: str = ""
    """Replaces the product's own brand."""
    answers: tuple[Mapping[str, Any], ...] = ()
    """Replace the product's own attributes: `{"id": ..., "values": [{"id" | "name"}]}`."""
    attribute_rules: AttributeRules = field(default_factory=AttributeRules)
    allowed_fields: frozenset[str] = frozenset()
    """Unknown fields that the operator permits dropping."""
    describe_changes: bool = False
    has_fresh_permissions: bool = False
    """The tree's permissions were read moments ago."""
    looks_again: bool = False
    """Somebody acted on this product: nothing is refused because of cached data or of what earlier refusals taught."""
    is_fresh: bool = False
    """All catalogue data was read moments ago."""
    refusals: Refusals = field(default_factory=dict)
    """Learned refusals by feature."""
    habits: PlatformHabits = field(default_factory=PlatformHabits)
    """How the platform treats edits in this market."""
    leaf: LeafInputs | None = None
    known_version: KnownVersion | None = None
    """None until a search was made."""


@dataclass(frozen=True, slots=True)
class NeedsOwnPermissions:
    """The tree must have the permissions of the product's own shop."""


@dataclass(frozen=True, slots=True)
class NeedsFreshPermissions:
    """The product's leaf is closed to the shop; it may have been opened since the permissions were read."""


@dataclass(frozen=True, slots=True)
class NeedsFreshCatalogue:
    """A product that somebody acted on would be refused: read permissions, rules and brands again first."""


@dataclass(frozen=True, slots=True)
class NeedsLeaf:
    category_id: str
    brand_id: str
    brand_name: str


@dataclass(frozen=True, slots=True)
class NeedsVersion:
    """A search must say which tree the product is on."""


Missing = (
    NeedsOwnPermissions | NeedsFreshPermissions | NeedsFreshCatalogue | NeedsRecommendation | NeedsLeaf | NeedsVersion
)
