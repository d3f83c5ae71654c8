"""Builds and validates the edit or creation that puts a product under a resolved leaf. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model.outcome import Reason
from relisting.answered_fields import decided_names, with_answered_fields
from relisting.attribute_rules import with_proposed
from relisting.attributes import MappedAttributes, map_attributes
from relisting.changes import changes
from relisting.creation import creation_body, missing_for_creation
from relisting.inputs import (
    Inputs,
    LeafInputs,
    LeafRequirements,
    MoveListing,
    NeedsLeaf,
    NeedsVersion,
    NewListing,
    RestoreListing,
    Task,
)
from relisting.legacy_values import legacy_features, legacy_rule, with_legacy
from relisting.listed_platforms import with_platforms
from relisting.merge import UnknownFields, merge, merge_warnings, product_status
from relisting.planned import AlreadyMigrated, NeedsInput, PlannedEdit
from relisting.refusals import refusal_reasons
from relisting.resolution import Resolved
from relisting.restore import fields_that_stay, restored_product
from relisting.validate import validate
from relisting.validate.features import created_features, features
from relisting.validate.tolerance import split_tolerated
from relisting.validate.warnings import feature_warnings
from relisting.version import changes_nothing, confirmed_on_v2

NOTHING_TO_RESTORE = "nothing_to_restore"
"""The `proof` of an undo that has nothing to restore."""


def edit_plan(
    product: Mapping[str, Any], inputs: Inputs, resolution: Resolved
) -> PlannedEdit | AlreadyMigrated | NeedsInput | NeedsLeaf | NeedsVersion:
    task, category_id = inputs.task, resolution.category_id
    source, notes = _source(product, task)
    given = inputs.leaf
    if given is None or given.leaf.category_id != category_id:
        return NeedsLeaf(category_id, *_brand(source, inputs), resolution)
    rules = inputs.attribute_rules.default_for(source, category_id, inputs.own_values)
    default = with_proposed(rules, inputs.proposed)
    legacy = legacy_rule(inputs)
    mapped = map_attributes(source, given.leaf.attributes, inputs.answers, default=default, legacy=legacy)
    if isinstance(task, RestoreListing) and not _is_live(mapped, product):
        # An edit left the value out because the platform did not take it.
        legacy = "left_out"
        mapped = map_attributes(source, given.leaf.attributes, inputs.answers, default=default, legacy=legacy)
    if isinstance(task, RestoreListing) and (needed := _still_required(product, given.leaf, mapped)):
        source = {**source, "product_attributes": [*(source.get("product_attributes") or ()), *needed]}
        mapped = map_attributes(source, given.leaf.attributes, inputs.answers, default=default, legacy=legacy)
        names = ", ".join(str(each.get("name") or each["id"]) for each in needed)
        notes = (*notes, f"attributes that the category requires stay: {names}")
    body = _body(source, inputs, category_id, mapped)
    if isinstance(body, UnknownFields):
        return _unknown_fields(body, category_id)
    if isinstance(task, RestoreListing):
        reasons = _reasons(source, body, inputs, given, mapped)
        if staying := fields_that_stay(product, source, reasons):
            source = {**source, **{name: product[name] for name in staying}}
            body = _body(source, inputs, category_id, mapped)
            if isinstance(body, UnknownFields):
                return _unknown_fields(body, category_id)
            notes = (*notes, f"fields that the platform would refuse as they were before stay: {', '.join(staying)}")
    if isinstance(task, RestoreListing) and _is_as_read(product, body, inputs):
        return AlreadyMigrated(category_id, NOTHING_TO_RESTORE, (*resolution.warnings, *notes, *mapped.warnings))
    reasons, tolerated = split_tolerated(
        _reasons(source, body, inputs, given, mapped),
        body,
        inputs.habits,
        is_live=not isinstance(task, NewListing),
        decided=_decided(inputs),
    )
    found = (
        *features(body, inputs.region, given.leaf.rules),
        *legacy_features(given.leaf.attributes, mapped),
        *tolerated.features,
    )
    tried = created_features(found) if isinstance(task, NewListing) else found
    if not reasons and not inputs.looks_again:
        # Whatever is refused in edits is refused in creations too; the reverse is not certain.
        reasons = refusal_reasons(found, inputs.refusals) or refusal_reasons(tried, inputs.refusals)
    warnings = (
        *resolution.warnings,
        *notes,
        *mapped.warnings,
        *tolerated.warnings,
        *_filled_without_asking(mapped, inputs, given.leaf),
    )
    if isinstance(task, MoveListing):
        warnings += (*merge_warnings(product), *feature_warnings(found, given.leaf.rules))
    path = inputs.tree.path_text(category_id)
    if reasons:
        return NeedsInput(reasons, category_id, warnings, path)
    leaves_answers = not inputs.fields or _is_as_read(product, body, inputs)
    if isinstance(task, MoveListing) and leaves_answers and changes_nothing(product, body):
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
        not isinstance(task, NewListing) and product_status(product) == "SELLER_DEACTIVATED",
        {feature.id: feature.field for feature in tried},
    )


def _decided(inputs: Inputs) -> frozenset[str]:
    """The fields of the edit that a person or feeder has decided."""
    decided = {"product_attributes": inputs.answers, "brand_id": inputs.brand_id}
    return decided_names(inputs.fields) | {name for name, decision in decided.items() if decision}


def _source(product: Mapping[str, Any], task: Task) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """The product to send, and warnings of an undo."""
    if not isinstance(task, RestoreListing):
        return product, ()
    merged = restored_product(task.edits, product)
    kept = (f"changed since the edit, left as it is: {', '.join(merged.kept)}",) if merged.kept else ()
    return merged.product, (*merged.lost, *kept)


def _still_required(
    product: Mapping[str, Any], leaf: LeafRequirements, mapped: MappedAttributes
) -> list[Mapping[str, Any]]:
    """Attributes that the undone edit added and that the leaf requires."""
    missing = {each.id for each in leaf.attributes if each.is_required} - {
        str(each["id"]) for each in mapped.product_attributes
    }
    return [each for each in product.get("product_attributes") or () if str(each.get("id")) in missing]


def _is_live(mapped: MappedAttributes, product: Mapping[str, Any]) -> bool:
    """Whether the live listing contains all the values that its leaf does not list."""
    live = {
        (str(each.get("id")), str(value.get("id")))
        for each in product.get("product_attributes") or ()
        for value in each.get("values") or ()
    }
    return all((name, value["id"]) in live for name, values in mapped.legacy.items() for value in values)


def _is_as_read(product: Mapping[str, Any], body: Mapping[str, Any], inputs: Inputs) -> bool:
    """Whether the edit would send the product back unchanged."""
    brand_id, attributes = str(body.get("brand_id") or ""), body["product_attributes"]
    same = merge(product, str(body["category_id"]), attributes, brand_id, inputs.allowed_fields)
    is_same = not isinstance(same, UnknownFields) and with_platforms(same, product, inputs.habits) == body
    return is_same and changes_nothing(product, body)


def _brand(source: Mapping[str, Any], inputs: Inputs) -> tuple[str, str]:
    """Id and name of the brand to send; the name is empty if only the id is known."""
    if inputs.brand_id:
        return inputs.brand_id, ""
    if isinstance(inputs.task, NewListing):
        return str(source.get("brand_id") or ""), ""
    brand = source.get("brand") or {}
    return str(brand.get("id") or ""), str(brand.get("name") or "")


def _body(
    source: Mapping[str, Any], inputs: Inputs, category_id: str, mapped: MappedAttributes
) -> dict[str, Any] | UnknownFields:
    if isinstance(inputs.task, NewListing):
        external_id = inputs.task.external_id
        body = creation_body(source, external_id, category_id, mapped.product_attributes, inputs.brand_id)
        return with_answered_fields(body, inputs.fields)
    merged = merge(source, category_id, mapped.product_attributes, inputs.brand_id, inputs.allowed_fields)
    if isinstance(merged, UnknownFields):
        return merged
    return with_answered_fields(with_platforms(merged, source, inputs.habits), inputs.fields)


def _reasons(
    source: Mapping[str, Any], body: Mapping[str, Any], inputs: Inputs, given: LeafInputs, mapped: MappedAttributes
) -> tuple[Reason, ...]:
    """The reasons why the platform's rules forbid the edit."""
    reasons = validate(
        body,
        inputs.region,
        given.leaf.rules,
        with_legacy(given.leaf.attributes, mapped),
        given.brand.brand,
        product=source if isinstance(inputs.task, MoveListing) else None,
        brand_unknown=given.brand.is_unknown,
        habits=inputs.habits,
    )
    return (*reasons, *missing_for_creation(body)) if isinstance(inputs.task, NewListing) else reasons


def _filled_without_asking(mapped: MappedAttributes, inputs: Inputs, leaf: LeafRequirements) -> Iterator[str]:
    names = _attribute_names(leaf)
    for use in mapped.evidence:
        proposed = inputs.proposed.get(use["attribute_id"])
        if proposed is not None and all(use.get(name) == value for name, value in proposed.evidence.items()):
            found = f"read {use['found']!r}" if use.get("found") else "because similar products have it"
            risk = f"at most {float(use['bound']):.2%} of such values are wrong"
            yield f"{names[use['attribute_id']]}: {use['value']} was filled in without asking ({found}; {risk})"


def _attribute_names(leaf: LeafRequirements) -> dict[str, str]:
    return {attribute.id: attribute.name for attribute in leaf.attributes}


def _unknown_fields(unknown: UnknownFields, category_id: str) -> NeedsInput:
    names = ", ".join(unknown.names)
    message = f"The product has fields an edit could wipe: {names}. To accept that, name them in RELIST_ALLOWED_FIELDS."
    return NeedsInput((Reason("unknown_fields", message, "operator", names),), category_id)
