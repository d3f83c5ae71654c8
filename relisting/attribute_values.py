"""Converts one attribute value to a form that an attribute of the new leaf accepts. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from relisting.measures import carried_measure, measure_of, number_for
from relisting.names import Names
from relisting.shared_by_products import shared_by_products
from tiktok_shop.catalogue import Attribute, AttributeValue

Value = dict[str, Any]
"""`{"id", "name"}` for a listed value, `{"name"}` for a custom one, or `{"metric_standard_info"}`."""

NUMERIC = "POSITIVE_INT_OR_DECIMAL"


def fitting_value(old: Mapping[str, Any], attribute: Attribute) -> Value | None:
    """`old` in a form that the attribute accepts, or None.

    A custom value is returned without its id: the platform assigns one when it is read and expects none when written.
    """
    return _listed(old, attribute) or _measured(old, attribute) or _custom(old, attribute)


def fitting_values(values: Iterable[Mapping[str, Any]], attribute: Attribute) -> tuple[list[Value], list[str]]:
    """The distinct values that fit, and a warning for each lost or converted one."""
    fitting: list[Value] = []
    warnings: list[str] = []
    for each in values:
        value = fitting_value(each, attribute)
        if value is None:
            warnings.append(f"{value_label(each)} is not one of the values of {attribute.name}")
        elif value in fitting:
            continue
        elif fitting and not attribute.is_multiple_selection:
            warnings.append(f"{value_label(each)} is left out, because {attribute.name} takes one value")
        else:
            if value.keys() == {"name"} and value["name"] != _name(each):
                warnings.append(f"{value_label(each)} is sent as {value['name']}")
            fitting.append(value)
    return fitting, warnings


def legacy_values(values: Iterable[Mapping[str, Any]], attribute: Attribute) -> list[Value]:
    """The live listing's values to which the platform gave an ID; only one if the attribute takes one."""
    known = [{"id": str(each["id"]), "name": str(each.get("name") or "")} for each in values if each.get("id")]
    return known if attribute.is_multiple_selection else known[:1]


def joined_repeats(own: Iterable[Mapping[str, Any]], known_ids: Container[str]) -> list[dict[str, Any]]:
    """Joins repeated entries of an attribute into one with all values.

    In one live shop 3.3 % of the products have an attribute twice, each time with one value. Entries with an unknown id
    are joined only if their names are also equal.
    """
    joined: dict[tuple[str, str], dict[str, Any]] = {}
    for each in own:
        attribute_id = str(each.get("id"))
        key = (attribute_id, "" if attribute_id in known_ids else str(each.get("name")))
        if key in joined:
            joined[key]["values"] = [*(joined[key].get("values") or ()), *(each.get("values") or ())]
        else:
            joined[key] = dict(each)
    return list(joined.values())


def value_label(thing: Mapping[str, Any]) -> str:
    return str(thing.get("name") or thing.get("id"))


def left_out(values: Iterable[Mapping[str, Any]] | None) -> str:
    """The last part of a warning about values that are not sent."""
    names = [str(value.get("name") or value.get("id") or "a measure") for value in values or ()]
    return f"left out: {', '.join(names) or 'nothing'}"


def _listed(old: Mapping[str, Any], attribute: Attribute) -> Value | None:
    """The listed value with this id or name; a number also matches without its unit."""
    if not attribute.values:
        return None
    if (value_id := str(old.get("id") or "")) and (value := values_by_id(attribute.values).get(value_id)) is not None:
        return {"id": value.id, "name": value.name}
    if not (name := _name(old)):
        return None
    names = _names(attribute.values)
    known = names.find(name)
    if known is None and (number := _number(name, attribute)):
        known = names.find(number)
    return {"id": known.id, "name": known.name} if known is not None else None


@shared_by_products
def values_by_id(values: tuple[AttributeValue, ...]) -> dict[str, AttributeValue]:
    return {value.id: value for value in reversed(values)}


_names = shared_by_products(Names[AttributeValue])


def _measured(old: Mapping[str, Any], attribute: Attribute) -> Value | None:
    if not attribute.metric_standards:
        return None
    info = old.get("metric_standard_info")
    measure = carried_measure(info, attribute.metric_standards) if info else None
    measure = measure or measure_of(_name(old), attribute.metric_standards)
    return {"metric_standard_info": measure} if measure else None


def _custom(old: Mapping[str, Any], attribute: Attribute) -> Value | None:
    if not attribute.is_customizable:
        return None
    name = _name(old)
    text = _number(name, attribute) if attribute.value_format == NUMERIC else name
    return {"name": text} if text else None


def _name(old: Mapping[str, Any]) -> str:
    return str(old.get("name") or "").strip()


def _number(name: str, attribute: Attribute) -> str | None:
    return number_for(name, attribute.name) if attribute.value_format == NUMERIC else None
