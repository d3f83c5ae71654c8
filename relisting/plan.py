"""Decides what to do with a product: the one entry point for relists, creations and undos. Pure.

`plan` returns a decision, or names an input it lacks. The caller gathers that input and calls it again, so all I/O
stays outside:

    while isinstance(decision := plan(product, inputs), Missing):
        inputs = await gather(decision, inputs)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.outcome import Reason
from relisting.attributes import MappedAttributes, map_attributes
from relisting.changes import changes
from relisting.creation import creation_body, missing_for_creation
from relisting.inputs import (
    Create,
    Inputs,
    LeafInputs,
    Missing,
    NeedsFreshPermissions,
    NeedsLeaf,
    NeedsOwnPermissions,
    NeedsVersion,
    Relist,
    Restore,
)
from relisting.merge import UnknownFields, merge, merge_warnings, product_status
from relisting.planned import AlreadyMigrated, NeedsInput, Plan, PlannedEdit
from relisting.resolution import NeedsRecommendation, Resolved, Unresolved
from relisting.resolve import looks_at_one_leaf, resolve
from relisting.restore import restored_category, restored_product
from relisting.validate import edit_warnings, validate
from relisting.version import changes_nothing, confirmed_on_v2

NOT_EDITABLE = ("FREEZE", "DELETED")


def plan(product: Mapping[str, Any], inputs: Inputs) -> Plan | Missing:
    """`product` is the product as read, or the feeder's body if it is to be created."""
    if not isinstance(inputs.task, Create) and (obstacle := edit_obstacle(product)):
        return NeedsInput((Reason("product_frozen", obstacle, "seller", "status"),))
    resolution = _resolution(product, inputs)
    if isinstance(resolution, Unresolved):
        return NeedsInput((resolution.reason,), resolution.category_id)
    return _edit(product, inputs, resolution) if isinstance(resolution, Resolved) else resolution


def edit_obstacle(product: Mapping[str, Any]) -> str:
    """Why the platform accepts no edit; empty if it does."""
    status = product_status(product)
    return f"The product is {status}: the platform allows no edit." if status in NOT_EDITABLE else ""


def _resolution(
    product: Mapping[str, Any], inputs: Inputs
) -> Resolved | Unresolved | NeedsRecommendation | NeedsOwnPermissions | NeedsFreshPermissions:
    tree, task = inputs.tree, inputs.task
    if isinstance(task, Restore):
        if not tree.is_own:
            return NeedsOwnPermissions()
        category_id, warnings = restored_category(task.before, product, tree)
        return Resolved(category_id, "before_image", {"restored_from": task.origin}, warnings)
    resolution = resolve({} if isinstance(task, Create) else product, tree, inputs.sources)
    if not tree.is_own and not (isinstance(resolution, Resolved) and looks_at_one_leaf(resolution.rule)):
        # Which leaves are open to the shop decides the other rules, and another shop's permissions must not.
        return NeedsOwnPermissions()
    if isinstance(resolution, Unresolved) and resolution.category_id and not inputs.has_fresh_permissions:
        return NeedsFreshPermissions()
    return resolution


def _edit(product: Mapping[str, Any], inputs: Inputs, resolution: Resolved) -> Plan | NeedsLeaf | NeedsVersion:
    task, category_id = inputs.task, resolution.category_id
    source, lost = restored_product(task.before, product) if isinstance(task, Restore) else (product, ())
    given = inputs.leaf
    if given is None or given.leaf.category_id != category_id:
        return NeedsLeaf(category_id, *_brand(source, inputs))
    default = inputs.attribute_rules.default_for(source, category_id)
    mapped = map_attributes(source, given.leaf.attributes, inputs.answers, default=default)
    body = _body(source, inputs, category_id, mapped)
    if isinstance(body, UnknownFields):
        return _unknown_fields(body, category_id)
    warnings = (*resolution.warnings, *lost, *mapped.warnings)
    if isinstance(task, Relist):
        warnings += (*merge_warnings(product), *edit_warnings(body, inputs.region, given.leaf.rules))
    if reasons := _reasons(source, body, inputs, given):
        return NeedsInput(reasons, category_id, warnings, inputs.tree.path_text(category_id))
    if isinstance(task, Relist) and changes_nothing(product, body):
        if inputs.known_version is None:
            return NeedsVersion()
        if proven := confirmed_on_v2(product, inputs.tree, inputs.known_version, inputs.sources.change):
            return AlreadyMigrated(category_id, proven.proof, warnings)
    evidence = {**resolution.evidence, **({"filled": list(mapped.evidence)} if mapped.evidence else {})}
    described = changes(product, body, inputs.tree.path_text(category_id)) if inputs.describe_changes else ()
    return PlannedEdit(body, category_id, resolution.rule, evidence, warnings, described)


def _brand(source: Mapping[str, Any], inputs: Inputs) -> tuple[str, str]:
    """Id and name of the brand to send; the name is empty if only the id is known."""
    if inputs.brand_id:
        return inputs.brand_id, ""
    if isinstance(inputs.task, Create):
        return str(source.get("brand_id") or ""), ""
    brand = source.get("brand") or {}
    return str(brand.get("id") or ""), str(brand.get("name") or "")


def _body(
    source: Mapping[str, Any], inputs: Inputs, category_id: str, mapped: MappedAttributes
) -> dict[str, Any] | UnknownFields:
    if isinstance(inputs.task, Create):
        external_id = inputs.task.external_id
        return creation_body(source, external_id, category_id, mapped.product_attributes, inputs.brand_id)
    return merge(source, category_id, mapped.product_attributes, inputs.brand_id, inputs.allowed_fields)


def _reasons(
    source: Mapping[str, Any], body: Mapping[str, Any], inputs: Inputs, given: LeafInputs
) -> tuple[Reason, ...]:
    """Everything the platform would refuse."""
    reasons = validate(
        body,
        inputs.region,
        given.leaf.rules,
        given.leaf.attributes,
        given.brand.brand,
        product=source if isinstance(inputs.task, Relist) else None,
        brand_unknown=given.brand.is_unknown,
    )
    return (*reasons, *missing_for_creation(body)) if isinstance(inputs.task, Create) else reasons


def _unknown_fields(unknown: UnknownFields, category_id: str) -> NeedsInput:
    names = ", ".join(unknown.names)
    message = f"The product has fields an edit could wipe: {names}. To accept that, name them in RELIST_ALLOWED_FIELDS."
    return NeedsInput((Reason("unknown_fields", message, "operator", names),), category_id)
