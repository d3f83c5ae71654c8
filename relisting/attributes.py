"""Carries a product's attributes to the new leaf's: by id, then by name, and their values likewise. Pure.

A person's answers win over what the product has; an operator's rules (attribute_rules.py) fill only what is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from relisting.measures import carried_measure, measure_of, number_for
from relisting.names import Names
from tiktok_shop.catalogue import Attribute

Value = dict[str, Any]
"""`{"id", "name"}` of the attribute's list, `{"name"}` of one's own, or `{"metric_standard_info"}`."""

Default = Callable[[Attribute, Mapping[str, list[Value]]], "Filled | None"]
"""What an operator's rules give an attribute that is empty, with what is carried so far."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A value an operator's rule gives, and which rule, from what."""

    value: str
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Carried:
    product_attributes: tuple[dict[str, Any], ...]
    """As an edit wants them: `{"id": ..., "values": [{"id", "name"}]}`."""
    warnings: tuple[str, ...]
    """What has no place on the new leaf."""
    evidence: tuple[Mapping[str, Any], ...] = ()
    """Each use of an operator's rule."""


def carry_attributes(
    product: Mapping[str, Any],
    attributes: Sequence[Attribute],
    answers: Iterable[Mapping[str, Any]] = (),
    *,
    default: Default | None = None,
) -> Carried:
    properties = [attribute for attribute in attributes if attribute.type == "PRODUCT_PROPERTY"]
    by_id = {attribute.id: attribute for attribute in properties}
    carried: dict[str, list[Value]] = {}
    warnings: list[str] = []
    _carry_own(product.get("product_attributes") or (), properties, by_id, carried, warnings)
    for answer in answers:
        attribute = by_id.get(str(answer.get("id")))
        if attribute is None or not answer.get("values"):
            problem = "the new category has no such attribute" if attribute is None else "it has no values"
            warnings.append(f"answer for attribute {answer.get('id')}: {problem}")
            continue
        # What fits nothing is sent on as it was given: the validator tells the person who answered.
        fits = [(each, _fitting(each, attribute)) for each in answer["values"]]
        carried[attribute.id] = [_plain(each) if value is None else value for each, value in fits]
    evidence = _fill(properties, carried, default, warnings) if default else []
    _empty_what_must_be(properties, carried, warnings)
    ordered = [attribute for attribute in properties if attribute.id in carried]
    return Carried(
        tuple({"id": attribute.id, "values": carried[attribute.id]} for attribute in ordered),
        tuple(warnings),
        tuple(use for use in evidence if use["attribute_id"] in carried),
    )


def condition_holds(attribute: Attribute, carried: Mapping[str, Sequence[Mapping[str, Any]]]) -> bool:
    return bool(attribute.conditions) and any(
        value.get("id") == condition.value_id
        for condition in attribute.conditions
        for value in carried.get(condition.attribute_id, ())
    )


def may_be_filled(attribute: Attribute, carried: Mapping[str, Sequence[Mapping[str, Any]]]) -> bool:
    """12052183: a conditional attribute must be empty while none of its conditions holds.

    No field announces it; an attribute that has conditions and is not always required is taken to be such a one.
    """
    return attribute.is_required or not attribute.conditions or condition_holds(attribute, carried)


def _carry_own(
    own: Iterable[Mapping[str, Any]],
    properties: Sequence[Attribute],
    by_id: Mapping[str, Attribute],
    carried: dict[str, list[Value]],
    warnings: list[str],
) -> None:
    names: Names[Attribute] | None = None
    nameless: list[Mapping[str, Any]] = []
    places: list[tuple[Mapping[str, Any], Attribute]] = []
    for old in own:
        if (attribute := by_id.get(str(old.get("id")))) is not None:
            places.append((old, attribute))
        else:
            nameless.append(old)
    for old in nameless:  # After the ids, so that a namesake never takes the place of the attribute itself.
        names = names or Names(properties)
        if (attribute := names.find(_name(old))) is not None:
            places.append((old, attribute))
        else:
            warnings.append(f"{_name(old)}: the new category has no such attribute; {_left_out(old.get('values'))}")
    for old, attribute in places:
        if attribute.id in carried:
            told = f"{attribute.name} is filled in already; {_left_out(old.get('values'))}"
            warnings.append(f"{_name(old)}: {told}")
            continue
        values, lost = _values(old.get("values") or (), attribute)
        warnings.extend(f"{_name(old)}: {problem}" for problem in lost)
        if values:
            carried[attribute.id] = values


def _fill(
    properties: Sequence[Attribute], carried: dict[str, list[Value]], default: Default, warnings: list[str]
) -> list[Mapping[str, Any]]:
    """Filling one may make the condition of another hold, so this goes on until nothing changes."""
    evidence: list[Mapping[str, Any]] = []
    tried: set[str] = set()
    changed = True
    while changed:
        changed = False
        for attribute in properties:
            if attribute.id in carried or attribute.id in tried or not may_be_filled(attribute, carried):
                continue
            if (filled := default(attribute, carried)) is None:
                continue
            tried.add(attribute.id)
            value = _fitting({"name": filled.value}, attribute)
            if value is None:
                warnings.append(f"{attribute.name}: the rules give {filled.value!r}, which is not one of its values")
                continue
            carried[attribute.id], changed = [value], True
            evidence.append({"attribute_id": attribute.id, "value": filled.value, **filled.evidence})
    return evidence


def _empty_what_must_be(properties: Sequence[Attribute], carried: dict[str, list[Value]], warnings: list[str]) -> None:
    """Emptying one may end the condition of another, so this goes on until nothing changes."""
    changed = True
    while changed:
        changed = False
        for attribute in properties:
            if attribute.id in carried and not may_be_filled(attribute, carried):
                lost = _left_out(carried.pop(attribute.id))
                warnings.append(f"{attribute.name}: must be empty with the other attributes as they are; {lost}")
                changed = True


def _values(old: Iterable[Mapping[str, Any]], attribute: Attribute) -> tuple[list[Value], list[str]]:
    values: list[Value] = []
    lost: list[str] = []
    for each in old:
        value = _fitting(each, attribute)
        if value is None:
            lost.append(f"{_name(each)} is not one of the values of {attribute.name}")
        elif value in values:
            continue
        elif values and not attribute.is_multiple_selection:
            lost.append(f"{_name(each)} is left out, {attribute.name} takes one value")
        else:
            values.append(value)
    return values, lost


def _fitting(old: Mapping[str, Any], attribute: Attribute) -> Value | None:
    """The value in the form the attribute takes; a value of one's own has had an id of the platform's, dropped here."""
    identity, name = str(old.get("id") or ""), str(old.get("name") or "").strip()
    known = next((value for value in attribute.values if value.id == identity), None) if identity else None
    number = number_for(name, attribute.name) if attribute.value_format == "POSITIVE_INT_OR_DECIMAL" else None
    if known is None and name and attribute.values:
        names = Names(attribute.values)
        known = names.find(name) or (names.find(number) if number else None)
    if known is not None:
        return {"id": known.id, "name": known.name}
    if attribute.metric_standards:
        info = old.get("metric_standard_info")
        measure = carried_measure(info, attribute.metric_standards) if info else None
        measure = measure or measure_of(name, attribute.metric_standards)
        if measure:
            return {"metric_standard_info": measure}
    if attribute.is_customizable and attribute.value_format == "POSITIVE_INT_OR_DECIMAL":
        return {"name": number} if number else None
    return {"name": name} if attribute.is_customizable and name else None


def _left_out(values: Iterable[Mapping[str, Any]] | None) -> str:
    names = [str(value.get("name") or value.get("id") or "a measure") for value in values or ()]
    return f"left out: {', '.join(names) or 'nothing'}"


def _name(thing: Mapping[str, Any]) -> str:
    return str(thing.get("name") or thing.get("id"))


def _plain(value: Mapping[str, Any]) -> Value:
    return {name: str(value[name]) for name in ("id", "name") if value.get(name)}
