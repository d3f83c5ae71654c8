"""Numbers and units: to the form an attribute takes, or not at all; nothing is guessed. Pure.

A metric standard is the platform's template of a measured value (2026): modules, each a value with one of its units.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from relisting.names import normalised

QUANTITY = re.compile(r"\s*([\d.,]+)\s*([^\d.,].*)?", re.DOTALL)
PIECES = frozenset({"x", "pc", "pcs", "piece", "pieces", "ct", "count", "unit", "units", "pack", "packs", "pk"})
"""Counting words that say nothing a number alone does not."""

Standards = Sequence[Mapping[str, Any]]


def plain_number(text: str) -> str | None:
    """`1,32` is 1.32, `1,320.5` and `1.320,5` are 1320.5; None for no number, and for `1,320`, which can be either."""
    digits = "".join(str(unicodedata.decimal(letter, letter)) for letter in text.strip())
    if not re.fullmatch(r"\d[\d.,]*", digits, re.ASCII) or digits[-1] in ".,":
        return None
    commas, points = digits.count(","), digits.count(".")
    if commas and points:
        decimal = max(",", ".", key=digits.rfind)
        thousands = "," if decimal == "." else "."
        whole, _, fraction = digits.rpartition(decimal)
        groups = whole.split(thousands)
        if decimal in whole or any(len(group) != 3 for group in groups[1:]):
            return None
        return f"{''.join(groups)}.{fraction}"
    if commas == 1:
        whole, _, fraction = digits.partition(",")
        return None if len(fraction) == 3 else f"{whole}.{fraction}"
    if commas > 1 or points > 1:
        groups = re.split("[.,]", digits)
        return "".join(groups) if all(len(group) == 3 for group in groups[1:]) else None
    return digits


def split_quantity(text: str) -> tuple[str, str] | None:
    """`500 ml` as number and unit; None if it does not begin with a number."""
    match = QUANTITY.fullmatch(text)
    number = plain_number(match[1]) if match else None
    return (number, (match[2] or "").strip()) if match and number else None


def number_for(text: str, attribute_name: str) -> str | None:
    """The bare number, where leaving its unit out changes nothing: a count, or a unit the attribute's name tells."""
    quantity = split_quantity(text)
    if quantity is None:
        return None
    number, unit = quantity
    told = {normalised(word) for word in re.split(r"[\s()\[\]/,]+", attribute_name) if word}
    return number if not unit or normalised(unit) in PIECES or normalised(unit) in told else None


def carried_measure(info: Mapping[str, Any], standards: Standards) -> dict[str, Any] | None:
    """`metric_standard_info` as read, for an edit; None if the new attribute has no place for it."""
    for standard in standards:
        if standard.get("id") != info.get("id"):
            continue
        modules = {module.get("id"): module for module in standard.get("metric_value_modules") or ()}
        infos = []
        for each in info.get("metric_value_module_infos") or ():
            module = modules.get(each.get("id") or "")
            if module is None:
                return None
            carried = {"id": each["id"], "value": str(each.get("value") or "")}
            if units := module.get("units"):
                unit = _unit(units, str(each.get("unit_id") or ""), str(each.get("unit_name") or ""))
                if unit is None:
                    return None
                carried["unit_id"] = unit
            infos.append(carried)
        return {"id": standard["id"], "metric_value_module_infos": infos} if infos else None
    return None


def measure_of(text: str, standards: Standards) -> dict[str, Any] | None:
    """`500 ml` for the one standard of a single module that has such a unit; None if there is none, or more."""
    quantity = split_quantity(text)
    if quantity is None or not quantity[1]:
        return None
    number, unit_name = quantity
    found: list[tuple[Any, Any, str]] = []
    for standard in standards:
        modules = standard.get("metric_value_modules") or []
        if len(modules) == 1 and (unit := _unit(modules[0].get("units") or (), "", unit_name)) is not None:
            found.append((standard["id"], modules[0]["id"], unit))
    if len(found) != 1:
        return None
    standard_id, module_id, unit_id = found[0]
    module = {"id": module_id, "value": number, "unit_id": unit_id}
    return {"id": standard_id, "metric_value_module_infos": [module]}


def measure_problem(info: Mapping[str, Any], standards: Standards) -> str:
    """Why the platform would not take it; empty if nothing is known against it."""
    standard = next((each for each in standards if each.get("id") == info.get("id")), None)
    if standard is None:
        return "its measurement standard is not one of the attribute's"
    modules = {module.get("id"): module for module in standard.get("metric_value_modules") or ()}
    for each in info.get("metric_value_module_infos") or ():
        module = modules.get(each.get("id") or "")
        if module is None:
            return "it has a value the measurement standard has no place for"
        units = {unit.get("id") for unit in module.get("units") or ()}
        if units and (each.get("unit_id") or "") not in units:
            return "its unit is not one of the measurement standard's"
        if wrong := next(_outside(str(each.get("value") or ""), module.get("value_limit") or {}), ""):
            return wrong
    return ""


def _outside(value: str, limit: Mapping[str, Any]) -> Iterator[str]:
    numbers, lengths = limit.get("num_limit") or {}, limit.get("length_limit") or {}
    if numbers:
        number, lowest, highest = (_float(each) for each in (value, numbers.get("min_value"), numbers.get("max_value")))
        if number is None:
            yield f"{value!r} is not a number"
        elif (lowest is not None and number < lowest) or (highest is not None and number > highest):
            yield f"{value} is not between {numbers.get('min_value')} and {numbers.get('max_value')}"
    longest = _float(lengths.get("max_length"))
    if longest and len(value) > longest:
        yield f"it has more than {lengths['max_length']} characters"


def _float(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _unit(units: Sequence[Mapping[str, Any]], identity: str, name: str) -> str | None:
    if any(unit.get("id") == identity for unit in units):
        return identity
    named = [str(unit.get("id")) for unit in units if name and normalised(str(unit.get("name"))) == normalised(name)]
    return named[0] if len(named) == 1 else None
