"""Decides whether to send values of the live listing that its new leaf does not list. Pure.

Whether the platform accepts them is not documented (fact: legacy_values). Until it is measured, they are sent, and the
first products show the answer. If the platform refuses an optional one, the product is edited again without it; for a
required one the seller is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from relisting.attributes import LegacyRule, MappedAttributes
from relisting.inputs import Inputs, NewListing
from relisting.refusals import blamed
from relisting.validate.features import Feature
from tiktok_shop.catalogue import Attribute, AttributeValue

FEATURE, OPTIONAL_FEATURE = "legacy_value", "legacy_optional_value"
LEGACY_FIELD = "product_attributes"


def legacy_rule(inputs: Inputs) -> LegacyRule:
    accepted = inputs.habits.accepts_legacy_values
    if accepted is False or isinstance(inputs.task, NewListing) or FEATURE in inputs.refusals:
        return "left_out"
    if accepted:
        return "kept"
    return "kept_if_required" if inputs.leaves_out_legacy or OPTIONAL_FEATURE in inputs.refusals else "kept"


def carries_legacy(features: Iterable[str]) -> bool:
    """Whether an edit with these features has a value that its leaf does not list."""
    return not {FEATURE, OPTIONAL_FEATURE}.isdisjoint(features)


def may_be_refused_for_legacy(features: Mapping[str, str], error_field: str | None) -> bool:
    """Whether an edit may have been refused because of a value that it can omit. `features`: id -> field."""
    return OPTIONAL_FEATURE in blamed(features, error_field)


def with_legacy(attributes: Sequence[Attribute], mapped: MappedAttributes) -> tuple[Attribute, ...]:
    """For the validator: the attributes as if they listed the kept values."""
    if not mapped.legacy:
        return tuple(attributes)
    kept = {
        attribute_id: tuple(AttributeValue(value["id"], value["name"]) for value in values)
        for attribute_id, values in mapped.legacy.items()
    }
    return tuple(
        replace(each, values=(*each.values, *kept[each.id])) if each.id in kept else each for each in attributes
    )


def legacy_features(attributes: Sequence[Attribute], mapped: MappedAttributes) -> Iterator[Feature]:
    statement = "The product has a value that its category no longer offers."
    required = {each.id for each in attributes if each.is_required}
    if mapped.legacy.keys() & required:
        yield Feature(FEATURE, LEGACY_FIELD, statement)
    if mapped.legacy.keys() - required:
        yield Feature(OPTIONAL_FEATURE, LEGACY_FIELD, statement)
