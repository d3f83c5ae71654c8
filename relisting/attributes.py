"""Maps a product's attributes and their values to those of the new leaf, by id and then by name. Pure.

A seller's answers replace the product's own values. An operator's rules (attribute_rules.py) only fill gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from model.immutable import immutable
from relisting.attribute_values import (
    Value,
    fitting_value,
    fitting_values,
    joined_repeats,
    left_out,
    legacy_values,
    value_label,
)
from relisting.names import Names
from relisting.shared_by_products import shared_by_products
from tiktok_shop.catalogue import Attribute

DefaultRule = Callable[[Attribute, Mapping[str, list[Value]]], "DefaultValue | None"]
"""Called with an empty attribute and the values mapped so far by attribute id."""
LegacyRule = Literal["left_out", "kept_if_required", "kept"]
"""Treatment of an attribute if the new leaf lists none of its values."""


@dataclass(frozen=True, slots=True)
class DefaultValue:
    """A value from an operator's rule, with the rule as evidence."""

    value: str
    evidence: Mapping[str, Any]


@immutable
class MappedAttributes:
    product_attributes: tuple[dict[str, Any], ...]
    """Attributes in the form of an edit: `{"id": ..., "values": [{"id", "name"}]}`."""
    warnings: tuple[str, ...]
    """Attributes and values that the new leaf does not accept, or accepts only in another form."""
    evidence: tuple[Mapping[str, Any], ...] = ()
    """One entry for each use of an operator's rule."""
    legacy: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    """Attribute ID -> values of the live listing that are sent although the new leaf does not list them."""


@dataclass(slots=True)
class _Mapped:
    """The values mapped so far."""

    properties: tuple[Attribute, ...]
    legacy_rule: LegacyRule
    values: dict[str, list[Value]] = field(default_factory=dict)
    """Attribute id -> values."""
    warnings: list[str] = field(default_factory=list)
    evidence: list[Mapping[str, Any]] = field(default_factory=list)
    legacy: dict[str, list[Value]] = field(default_factory=dict)


def map_attributes(
    product: Mapping[str, Any],
    attributes: Sequence[Attribute],
    answers: Iterable[Mapping[str, Any]] = (),
    *,
    default: DefaultRule | None = None,
    legacy: LegacyRule = "left_out",
) -> MappedAttributes:
    """Maps the product's attributes. An answer is `{"id": attribute id, "values": [{"id" | "name"}]}`."""
    properties = product_properties(tuple(attributes))
    mapped = _Mapped(properties, legacy)
    by_id = properties_by_id(properties)
    _map_own(joined_repeats(product.get("product_attributes") or (), by_id), by_id, mapped)
    _apply_answers(answers, by_id, mapped)
    if default:
        _fill_gaps(default, mapped)
    _clear_unmet(mapped)
    ordered = [attribute for attribute in mapped.properties if attribute.id in mapped.values]
    return MappedAttributes(
        tuple({"id": attribute.id, "values": mapped.values[attribute.id]} for attribute in ordered),
        tuple(mapped.warnings),
        tuple(use for use in mapped.evidence if use["attribute_id"] in mapped.values),
        _carried(mapped),
    )


@shared_by_products
def product_properties(attributes: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
    """The attributes of products. Those that define variants (SALES_PROPERTY) belong to SKUs."""
    return tuple(attribute for attribute in attributes if attribute.type == "PRODUCT_PROPERTY")


@shared_by_products
def properties_by_id(properties: tuple[Attribute, ...]) -> dict[str, Attribute]:
    return {attribute.id: attribute for attribute in properties}


_names = shared_by_products(Names[Attribute])


def condition_holds(attribute: Attribute, values: Mapping[str, Sequence[Mapping[str, Any]]]) -> bool:
    """Whether a condition of the attribute holds for the product's `values`, which are keyed by attribute id."""
    return bool(attribute.conditions) and any(
        value.get("id") == condition.value_id
        for condition in attribute.conditions
        for value in values.get(condition.attribute_id, ())
    )


def may_be_filled(attribute: Attribute, values: Mapping[str, Sequence[Mapping[str, Any]]]) -> bool:
    """Whether the platform accepts a value: 12052183 refuses one while no condition of the attribute holds.

    The catalogue has no field for this. The rule is assumed for attributes that have conditions and are not always
    required.
    """
    return attribute.is_required or not attribute.conditions or condition_holds(attribute, values)


def _map_own(own: Iterable[Mapping[str, Any]], by_id: Mapping[str, Attribute], mapped: _Mapped) -> None:
    for old, attribute in _matches(own, by_id, mapped):
        if attribute.id in mapped.values:
            warning = f"{attribute.name} is filled in already; {left_out(old.get('values'))}"
            mapped.warnings.append(f"{value_label(old)}: {warning}")
            continue
        own_values = old.get("values") or ()
        values, problems = fitting_values(own_values, attribute)
        if not values and problems and _carries_legacy(old, attribute, mapped.legacy_rule):
            values = mapped.legacy[attribute.id] = legacy_values(own_values, attribute)
            problems = [f"{value_label(each)} is kept although {attribute.name} does not list it" for each in values]
        mapped.warnings.extend(f"{value_label(old)}: {problem}" for problem in problems)
        if values:
            mapped.values[attribute.id] = values


def _carries_legacy(old: Mapping[str, Any], attribute: Attribute, rule: LegacyRule) -> bool:
    """Only an attribute that kept its id still means what it meant when the platform accepted the value."""
    wanted = rule == "kept" or (rule == "kept_if_required" and attribute.is_required)
    return wanted and str(old.get("id")) == attribute.id


def _carried(mapped: _Mapped) -> dict[str, tuple[Value, ...]]:
    """The attributes without those that an answer has replaced or that must be empty."""
    return {name: tuple(own) for name, own in mapped.legacy.items() if mapped.values.get(name) == own}


def _matches(
    own: Iterable[Mapping[str, Any]], by_id: Mapping[str, Attribute], mapped: _Mapped
) -> list[tuple[Mapping[str, Any], Attribute]]:
    """Pairs of old and new attributes. Matches by id take precedence over matches by name."""
    matches: list[tuple[Mapping[str, Any], Attribute]] = []
    unmatched: list[Mapping[str, Any]] = []
    for old in own:
        if (attribute := by_id.get(str(old.get("id")))) is not None:
            matches.append((old, attribute))
        else:
            unmatched.append(old)
    names = _names(mapped.properties) if unmatched else None
    for old in unmatched:
        if names is not None and (attribute := names.find(value_label(old))) is not None:
            matches.append((old, attribute))
        else:
            problem = f"the new category has no such attribute; {left_out(old.get('values'))}"
            mapped.warnings.append(f"{value_label(old)}: {problem}")
    return matches


def _apply_answers(answers: Iterable[Mapping[str, Any]], by_id: Mapping[str, Attribute], mapped: _Mapped) -> None:
    for answer in answers:
        attribute = by_id.get(str(answer.get("id")))
        if attribute is None or not answer.get("values"):
            problem = "the new category has no such attribute" if attribute is None else "it has no values"
            mapped.warnings.append(f"answer for attribute {answer.get('id')}: {problem}")
            continue
        # A value that does not fit is passed on unchanged, so that the validator reports it to the seller.
        fits = [(each, fitting_value(each, attribute)) for each in answer["values"]]
        mapped.values[attribute.id] = [_as_given(each) if value is None else value for each, value in fits]


def _fill_gaps(default: DefaultRule, mapped: _Mapped) -> None:
    """Fills gaps until nothing changes, since one attribute may fulfil the condition of another."""
    tried: set[str] = set()
    changed = True
    while changed:
        changed = False
        for attribute in mapped.properties:
            if attribute.id in mapped.values or attribute.id in tried or not may_be_filled(attribute, mapped.values):
                continue
            if (given := default(attribute, mapped.values)) is None:
                continue
            tried.add(attribute.id)
            value = fitting_value({"name": given.value}, attribute)
            if value is None:
                problem = f"the rules give {given.value!r}, which is not one of its values"
                mapped.warnings.append(f"{attribute.name}: {problem}")
                continue
            mapped.values[attribute.id], changed = [value], True
            mapped.evidence.append(
                {"attribute_id": attribute.id, "attribute": attribute.name, "value": given.value, **given.evidence}
            )


def _clear_unmet(mapped: _Mapped) -> None:
    """Clears attributes until nothing changes, since one may end the condition of another."""
    changed = True
    while changed:
        changed = False
        for attribute in mapped.properties:
            if attribute.id in mapped.values and not may_be_filled(attribute, mapped.values):
                lost = left_out(mapped.values.pop(attribute.id))
                mapped.warnings.append(f"{attribute.name}: must be empty with the other attributes as they are; {lost}")
                changed = True


def _as_given(value: Mapping[str, Any]) -> Value:
    return {name: str(value[name]) for name in ("id", "name") if value.get(name)}
