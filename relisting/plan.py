"""Decides what to do with a product; the entry point for relists, creations and undos. Pure.

`plan` returns a decision or names a missing input. The caller gathers that input and calls `plan` again, so all I/O
stays outside:

    while isinstance(decision := plan(product, inputs), Missing):
        inputs = await gather(decision, inputs)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relisting.closed_leaf import INVITED_ONLY_CODE
from relisting.edit_plan import edit_plan
from relisting.inputs import (
    Inputs,
    Missing,
    NeedsFreshCatalogue,
    NeedsFreshPermissions,
    NeedsOwnPermissions,
    NewListing,
    RestoreListing,
)
from relisting.obstacles import edit_obstacle, pending_invitation
from relisting.planned import NeedsInput, Plan
from relisting.resolution import NeedsRecommendation, Resolved, Unresolved
from relisting.resolve import looks_at_one_leaf, resolve
from relisting.restore import CATEGORY, restored_category, restored_product
from relisting.validate.codes import CATALOGUE_CODES


def plan(product: Mapping[str, Any], inputs: Inputs) -> Plan | Missing:
    """Decides about `product`: the product as read, or the feeder's body for a creation."""
    is_new = isinstance(inputs.task, NewListing)
    if not is_new and (obstacle := edit_obstacle(product, inputs.habits)):
        return obstacle
    decision = _decision(product, inputs)
    looks_again = inputs.looks_again and not inputs.is_fresh
    return NeedsFreshCatalogue() if looks_again and _depends_on_cache(decision) else decision


def _decision(product: Mapping[str, Any], inputs: Inputs) -> Plan | Missing:
    resolution = _resolution(product, inputs)
    if isinstance(resolution, Unresolved):
        return _unresolved(product, resolution)
    return edit_plan(product, inputs, resolution) if isinstance(resolution, Resolved) else resolution


def _depends_on_cache(decision: Plan | Missing) -> bool:
    """Whether fresh catalogue data may turn this refusal into an edit."""
    return isinstance(decision, NeedsInput) and any(
        reason.field == "category_id" or reason.code in CATALOGUE_CODES for reason in decision.reasons
    )


def _resolution(
    product: Mapping[str, Any], inputs: Inputs
) -> Resolved | Unresolved | NeedsRecommendation | NeedsOwnPermissions | NeedsFreshPermissions:
    if inputs.resolved is not None:
        return inputs.resolved
    tree, task = inputs.tree, inputs.task
    if isinstance(task, RestoreListing):
        if not tree.is_own:
            return NeedsOwnPermissions()
        merged = restored_product(task.edits, product)
        category_id, warnings = restored_category(merged.product, product, tree)
        restored = [name for name in merged.restored if name != CATEGORY or not warnings]
        evidence = {"restored_from": task.origin, "restored": restored, "kept": list(merged.kept)}
        return Resolved(category_id, "before_image", evidence, warnings)
    resolution = resolve({} if isinstance(task, NewListing) else product, tree, inputs.sources)
    if not tree.is_own and not (isinstance(resolution, Resolved) and looks_at_one_leaf(resolution.rule)):
        # The other rules depend on the leaves open to this shop, so another shop's permissions must not decide.
        return NeedsOwnPermissions()
    if isinstance(resolution, Unresolved) and resolution.category_id and not inputs.has_fresh_permissions:
        return NeedsFreshPermissions()
    return resolution


def _unresolved(product: Mapping[str, Any], resolution: Unresolved) -> Plan:
    code, category_id = resolution.reason.code, resolution.category_id
    if category_id and code == INVITED_ONLY_CODE and (waiting := pending_invitation(product, category_id, code)):
        return waiting
    return NeedsInput((resolution.reason,), category_id)
