"""The inputs of `plan` (plan.py) and its requests for missing inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from model.immutable import immutable
from relisting.attribute_rules import AttributeRules
from relisting.attributes import DefaultValue
from relisting.platform_habits import PlatformHabits
from relisting.refusals import Refusals
from relisting.resolution import CategorySources, NeedsRecommendation, Resolved
from relisting.restore import MadeEdit
from relisting.tree import CategoryTree
from relisting.version import KnownVersion
from tiktok_shop.catalogue import Attribute, Brand, CategoryRules


@dataclass(frozen=True, slots=True)
class MoveListing:
    """Move a listed product to its v2 leaf."""


@dataclass(frozen=True, slots=True)
class NewListing:
    """List a new product under its v2 leaf."""

    external_id: str


@dataclass(frozen=True, slots=True)
class RestoreListing:
    """Undo recorded edits of a listed product (restore.py)."""

    edits: tuple[MadeEdit, ...]
    """The edits, oldest first."""
    origin: Mapping[str, Any] = field(default_factory=dict)
    """Which edits are undone; recorded as evidence."""


Task = MoveListing | NewListing | RestoreListing


@dataclass(frozen=True, slots=True)
class LeafRequirements:
    """The requirements of one v2 leaf."""

    category_id: str
    rules: CategoryRules
    attributes: tuple[Attribute, ...]


@immutable
class BrandStanding:
    """The status of a brand in the product's leaf and shop."""

    brand: Brand | None = None
    """None if the product has no brand or the catalogue does not list it."""
    is_unknown: bool = False
    """Whether the shop's brand list lacks the brand, so that an edit would clear it."""


@immutable
class LeafInputs:
    leaf: LeafRequirements
    brand: BrandStanding = field(default_factory=BrandStanding)
    brand_id: str = ""
    """The id of the brand; empty if the product has none."""


@immutable
class Inputs:
    task: Task
    region: str
    tree: CategoryTree
    sources: CategorySources = field(default_factory=CategorySources)
    brand_id: str = ""
    """Id of the brand that replaces the product's."""
    answers: tuple[Mapping[str, Any], ...] = ()
    """Attributes that replace the product's: `{"id": ..., "values": [{"id" | "name"}]}`."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Other fields that people answered (model/answered_fields.py)."""
    attribute_rules: AttributeRules = field(default_factory=AttributeRules)
    own_values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Attributes of the seller's own platform: name -> values."""
    allowed_fields: frozenset[str] = frozenset()
    """Unknown fields that the operator permits dropping."""
    describe_changes: bool = False
    has_fresh_permissions: bool = False
    """Whether the tree's permissions were just read."""
    looks_again: bool = False
    """Whether a person acted on this product. Then neither cached data nor learned refusals may stop the edit."""
    is_fresh: bool = False
    """Whether all catalogue data was just read."""
    refusals: Refusals = field(default_factory=dict)
    """Learned refusals by feature."""
    leaves_out_legacy: bool = False
    """Whether the platform has just refused this product with optional values that its leaf no longer lists."""
    habits: PlatformHabits = field(default_factory=PlatformHabits)
    """How the platform treats edits in this market."""
    leaf: LeafInputs | None = None
    known_version: KnownVersion | None = None
    """None before the search."""
    resolved: Resolved | None = None
    """The leaf that this tree and these sources have resolved for the product; None before."""
    proposed: Mapping[str, DefaultValue] = field(default_factory=dict)
    """Attribute ID -> a value that may be filled in without asking if product, answers and rules give none."""


@dataclass(frozen=True, slots=True)
class NeedsOwnPermissions:
    """The tree must have the permissions of the product's shop."""


@dataclass(frozen=True, slots=True)
class NeedsFreshPermissions:
    """The product's leaf is closed to the shop; it may have been opened since the permissions were read."""


@dataclass(frozen=True, slots=True)
class NeedsFreshCatalogue:
    """A product on which a person acted would be refused: read permissions, rules and brands again first."""


@immutable
class NeedsLeaf:
    category_id: str
    brand_id: str
    brand_name: str
    resolved: Resolved | None = field(default=None, compare=False)
    """To give back with the leaf, so that it is not resolved again."""


@dataclass(frozen=True, slots=True)
class NeedsVersion:
    """A search must determine which tree the product is on."""


Missing = (
    NeedsOwnPermissions | NeedsFreshPermissions | NeedsFreshCatalogue | NeedsRecommendation | NeedsLeaf | NeedsVersion
)
