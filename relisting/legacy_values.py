"""Values that the live listing has and its new leaf does not list: whether they are sent, and what that means. Pure.

Whether the platform accepts them is not documented (fact: legacy_values). Until it is measured, they are sent where the
seller would be asked for another value anyway, and the first products find out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from relisting.attributes import LegacyRule, MappedAttributes
from relisting.inputs import Inputs, MoveListing
from relisting.validate.features import Feature
from tiktok_shop.catalogue import Attribute, AttributeValue

FEATURE = "legacy_value"


def legacy_rule(inputs: Inputs) -> LegacyRule:
    accepted = inputs.habits.accepts_legacy_values
    if accepted is False or not isinstance(inputs.task, MoveListing) or FEATURE in inputs.refusals:
        return "left_out"
    return "kept" if accepted else "kept_if_required"


def with_legacy(attributes: Sequence[Attribute], mapped: MappedAttributes) -> tuple[Attribute, ...]:
    """The attributes as if they listed the values that are kept, for the validator."""
    kept = {
        attribute_id: tuple(AttributeValue(value["id"], value["name"]) for value in values)
        for attribute_id, values in mapped.legacy.items()
    }
    return tuple(
        replace(each, values=(*each.values, *kept[each.id])) if each.id in kept else each for each in attributes
    )


def legacy_features(mapped: MappedAttributes) -> Iterator[Feature]:
    if mapped.legacy:
        statement = "The product has a value that its category no longer offers."
        yield Feature(FEATURE, "product_attributes", statement)
