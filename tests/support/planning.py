"""Runs `relisting.plan.plan` with inputs from a test, gathered as worker/planning.py gathers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from relisting.inputs import (
    BrandStanding,
    Inputs,
    LeafInputs,
    LeafRequirements,
    Missing,
    NeedsFreshCatalogue,
    NeedsFreshPermissions,
    NeedsLeaf,
    NeedsOwnPermissions,
    NeedsVersion,
)
from relisting.plan import plan
from relisting.planned import Plan
from relisting.resolution import NeedsRecommendation, Recommended
from relisting.version import KnownVersion
from tiktok_shop.catalogue import Attribute, CategoryRules


@dataclass(slots=True)
class SuppliedInputs:
    """Supplies every input that `plan` requests; `requests` lists those of the last call."""

    attributes: tuple[Attribute, ...] = ()
    rules: CategoryRules = field(default_factory=CategoryRules)
    brand: BrandStanding = field(default_factory=BrandStanding)
    closed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The shop's own permissions: category id -> statuses."""
    freshly_closed: Mapping[str, tuple[str, ...]] | None = None
    """The permissions that a fresh read returns; None = the same."""
    fresh_attributes: tuple[Attribute, ...] | None = None
    """The attributes that a fresh read returns; None = the same."""
    recommended: str | None = None
    version: KnownVersion = field(default_factory=lambda: KnownVersion(None))
    requests: list[Missing] = field(default_factory=list)

    def plan(self, product: Mapping[str, Any], inputs: Inputs) -> Plan:
        self.requests.clear()
        while isinstance(decision := plan(product, inputs), Missing):
            assert decision not in self.requests, "plan requested an input it already has"
            self.requests.append(decision)
            inputs = self._gather(decision, inputs)
        return decision

    def _gather(self, missing: Missing, inputs: Inputs) -> Inputs:
        match missing:
            case NeedsOwnPermissions():
                return replace(inputs, tree=inputs.tree.restricted_to_shop(self.closed))
            case NeedsFreshPermissions():
                closed = self.closed if self.freshly_closed is None else self.freshly_closed
                return replace(inputs, tree=inputs.tree.restricted_to_shop(closed), has_fresh_permissions=True)
            case NeedsFreshCatalogue():
                fresh = self.attributes if self.fresh_attributes is None else self.fresh_attributes
                assert inputs.leaf is not None
                leaf = replace(inputs.leaf.leaf, attributes=fresh)
                return replace(inputs, leaf=replace(inputs.leaf, leaf=leaf), is_fresh=True)
            case NeedsRecommendation():
                sources = replace(inputs.sources, recommended=Recommended(self.recommended))
                return replace(inputs, sources=sources)
            case NeedsLeaf(category_id):
                leaf = LeafRequirements(category_id, self.rules, self.attributes)
                return replace(inputs, leaf=LeafInputs(leaf, self.brand))
            case NeedsVersion():
                return replace(inputs, known_version=self.version)
