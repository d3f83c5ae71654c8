"""Builds and validates the edit, or the creation, that puts a product under a resolved leaf. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.outcome import Reason
from relisting.attributes import MappedAttributes, map_attributes
from relisting.changes import changes
from relisting.creation import creation_body, missing_for_creation
from relisting.inputs import Create, Inputs, Leaf, LeafInputs, NeedsLeaf, NeedsVersion, Relist, Restore
from relisting.merge import UnknownFields, merge, merge_warnings, product_status
from relisting.planned import AlreadyMigrated, NeedsInput, PlannedEdit
from relisting.refusals import refusal_reasons
from relisting.resolution import Resolved
from relisting.restore import restored_product
from relisting.validate import validate
from relisting.validate.features import features
from relisting.validate.tolerance import split_tolerated
from relisting.validate.warnings import feature_warnings
from relisting.version import changes_nothing, confirmed_on_v2


def edit_plan(
    product: Mapping[str, Any], inputs: Inputs, resolution: Resolved
) -> PlannedEdit | AlreadyMigrated | NeedsInput | NeedsLeaf | NeedsVersion:
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
    reasons, tolerated = split_tolerated(
        _reasons(source, body, inputs, given), body, is_live=not isinstance(task, Create)
    )
    found = features(body, inputs.region, given.leaf.rules)
    if not reasons and not inputs.looks_again:
        reasons = refusal_reasons(found, inputs.refusals)
    warnings = (*resolution.warnings, *lost, *mapped.warnings, *tolerated)
    if isinstance(task, Relist):
        warnings += (*merge_warnings(product), *feature_warnings(found, given.leaf.rules))
    path = inputs.tree.path_text(category_id)
    if reasons:
        return NeedsInput(reasons, category_id, warnings, path)
    if isinstance(task, Relist) and changes_nothing(product, body):
        if inputs.known_version is None:
            return NeedsVersion()
        if proven := confirmed_on_v2(product, inputs.tree, inputs.known_version, inputs.sources.change):
            return AlreadyMigrated(category_id, proven.proof, warnings)
    return PlannedEdit(
        body,
        category_id,
        resolution.rule,
        {**resolution.evidence, **({"filled": list(mapped.evidence)} if mapped.evidence else {})},
        warnings,
        changes(product, body, path, _attribute_names(given.leaf)) if inputs.describe_changes else (),
        not isinstance(task, Create) and product_status(product) == "SELLER_DEACTIVATED",
        {feature.id: feature.field for feature in found},
    )


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
    """Everything the platform's rules forbid."""
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


def _attribute_names(leaf: Leaf) -> dict[str, str]:
    return {attribute.id: attribute.name for attribute in leaf.attributes}


def _unknown_fields(unknown: UnknownFields, category_id: str) -> NeedsInput:
    names = ", ".join(unknown.names)
    message = f"The product has fields an edit could wipe: {names}. To accept that, name them in RELIST_ALLOWED_FIELDS."
    return NeedsInput((Reason("unknown_fields", message, "operator", names),), category_id)
