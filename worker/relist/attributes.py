"""Carries a product's attributes to the new leaf's: by id, then by name, and their values likewise. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tiktok_shop.catalogue import Attribute, AttributeValue

Value = dict[str, str]


@dataclass(frozen=True, slots=True)
class Carried:
    product_attributes: tuple[dict[str, Any], ...]
    """As an edit wants them: `{"id": ..., "values": [{"id", "name"}]}`."""
    warnings: tuple[str, ...]
    """What has no place on the new leaf."""


def normalised(name: str) -> str:
    """The same for spellings a person would call the same: case, accents' encoding, spaces, punctuation."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def carry_attributes(
    product: Mapping[str, Any], attributes: Sequence[Attribute], answers: Iterable[Mapping[str, Any]] = ()
) -> Carried:
    """`answers` are a person's, and win over what the product has."""
    properties = [attribute for attribute in attributes if attribute.type == "PRODUCT_PROPERTY"]
    by_id = {attribute.id: attribute for attribute in properties}
    by_name = _unambiguous(properties)
    carried: dict[str, list[Value]] = {}
    warnings: list[str] = []
    for old in product.get("product_attributes") or ():
        name = str(old.get("name") or old.get("id"))
        attribute = by_id.get(str(old.get("id"))) or by_name.get(normalised(name))
        if attribute is None:
            warnings.append(f"{name}: the new category has no such attribute")
            continue
        if attribute.id in carried:
            warnings.append(f"{name}: {attribute.name} is filled in already")
            continue
        values, lost = _values(old.get("values") or (), attribute)
        warnings.extend(f"{name}: {problem}" for problem in lost)
        if values:
            carried[attribute.id] = values
    for answer in answers:
        values = [_plain(value) for value in answer.get("values") or ()]
        if str(answer.get("id")) in by_id and values:
            carried[str(answer["id"])] = values
        else:
            warnings.append(f"answer for attribute {answer.get('id')}: the new category has no such attribute")
    _empty_what_must_be(properties, carried, warnings)
    ordered = [attribute for attribute in properties if attribute.id in carried]
    return Carried(
        tuple({"id": attribute.id, "values": carried[attribute.id]} for attribute in ordered), tuple(warnings)
    )


def condition_holds(attribute: Attribute, carried: Mapping[str, Sequence[Value]]) -> bool:
    return any(
        value.get("id") == condition.value_id
        for condition in attribute.conditions
        for value in carried.get(condition.attribute_id, ())
    )


def _empty_what_must_be(properties: Sequence[Attribute], carried: dict[str, list[Value]], warnings: list[str]) -> None:
    """12052183: a conditional attribute must be empty while none of its conditions holds.

    No field announces it; an attribute that has conditions and is not always required is taken to be such a one.
    Emptying one may end the condition of another, so this goes on until nothing changes.
    """
    changed = True
    while changed:
        changed = False
        for attribute in properties:
            if attribute.id not in carried or attribute.is_required or not attribute.conditions:
                continue
            if not condition_holds(attribute, carried):
                del carried[attribute.id]
                warnings.append(f"{attribute.name}: must be empty with the other attributes as they are")
                changed = True


def _values(old: Iterable[Mapping[str, Any]], attribute: Attribute) -> tuple[list[Value], list[str]]:
    ids = {value.id: value for value in attribute.values}
    names = _unambiguous(attribute.values)
    values: list[Value] = []
    lost: list[str] = []
    for each in old:
        name = str(each.get("name") or "")
        known = ids.get(str(each.get("id"))) or (names.get(normalised(name)) if name else None)
        if known is not None:
            value = {"id": known.id, "name": known.name}
        elif attribute.is_customizable and name:
            value = {"name": name}
        else:
            lost.append(f"{name or each.get('id')} is not one of the values of {attribute.name}")
            continue
        if value in values:
            continue
        if values and not attribute.is_multiple_selection:
            lost.append(f"{name} is left out, {attribute.name} takes one value")
            continue
        values.append(value)
    return values, lost


def _unambiguous(named: Iterable[Any]) -> dict[str, Any]:
    """By normalised name, without those two share: a name that fits two is no evidence."""
    found: dict[str, Attribute | AttributeValue | None] = {}
    for each in named:
        key = normalised(each.name)
        found[key] = None if key in found else each
    return {key: each for key, each in found.items() if each is not None and key}


def _plain(value: Mapping[str, Any]) -> Value:
    return {name: str(value[name]) for name in ("id", "name") if value.get(name)}
