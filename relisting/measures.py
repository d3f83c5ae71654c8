"""Converts numbers and units to a form that an attribute accepts, without guessing. Pure.

A metric standard is the platform's template of a measured value (2026): a list of modules, each a value with a unit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from relisting.names import normalised

QUANTITY = re.compile(r"\s*([\d.,]+)\s*([^\d.,].*)?", re.DOTALL)
COUNT_UNITS = frozenset({"x", "pc", "pcs", "piece", "pieces", "ct", "count", "unit", "units", "pack", "packs", "pk"})
"""Units that can be dropped without changing the meaning of a number."""

Standards = Sequence[Mapping[str, Any]]


def plain_number(text: str) -> str | None:
    """Normalises a number: `1,32` to 1.32, `1,320.5` and `1.320,5` to 1320.5. None for others and for ambiguous
    `1,320`.
    """
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
    """Splits `500 ml` into number and unit; None if the text does not begin with a number."""
    match = QUANTITY.fullmatch(text)
    number = plain_number(match[1]) if match else None
    return (number, (match[2] or "").strip()) if match and number else None


def number_for(text: str, attribute_name: str) -> str | None:
    """The number without its unit if the unit is redundant: for counts, or if the attribute's name contains it."""
    quantity = split_quantity(text)
    if quantity is None:
        return None
    number, unit = quantity
    units_in_name = {normalised(word) for word in re.split(r"[\s()\[\]/,]+", attribute_name) if word}
    return number if not unit or normalised(unit) in COUNT_UNITS or normalised(unit) in units_in_name else None


def carried_measure(info: Mapping[str, Any], standards: Standards) -> dict[str, Any] | None:
    """Converts `metric_standard_info` to the form of an edit; None if the new attribute does not accept it."""
    standard = next((each for each in standards if each.get("id") == info.get("id")), None)
    if standard is None:
        return None
    modules = {module.get("id"): module for module in standard.get("metric_value_modules") or ()}
    infos = []
    for each in info.get("metric_value_module_infos") or ():
        module = modules.get(each.get("id") or "")
        if module is None:
            return None
        carried = {"id": each["id"], "value": str(each.get("value") or "")}
        if units := module.get("units"):
            unit = _unit_id(units, str(each.get("unit_id") or ""), str(each.get("unit_name") or ""))
            if unit is None:
                return None
            carried["unit_id"] = unit
        infos.append(carried)
    return {"id": standard["id"], "metric_value_module_infos": infos} if infos else None


def measure_of(text: str, standards: Standards) -> dict[str, Any] | None:
    """Converts `500 ml` to a measure if exactly one standard with a single module has that unit; else None."""
    quantity = split_quantity(text)
    if quantity is None or not quantity[1]:
        return None
    number, unit_name = quantity
    found: list[tuple[Any, Any, str]] = []
    for standard in standards:
        modules = standard.get("metric_value_modules") or []
        if len(modules) == 1 and (unit := _unit_id(modules[0].get("units") or (), "", unit_name)) is not None:
            found.append((standard["id"], modules[0]["id"], unit))
    if len(found) != 1:
        return None
    standard_id, module_id, unit_id = found[0]
    module = {"id": module_id, "value": number, "unit_id": unit_id}
    return {"id": standard_id, "metric_value_module_infos": [module]}


def measure_problem(info: Mapping[str, Any], standards: Standards) -> str:
    """The reason why the platform would refuse the measure; empty if it would not."""
    standard = next((each for each in standards if each.get("id") == info.get("id")), None)
    if standard is None:
        return "its measurement standard is not one of the attribute's"
    modules = {module.get("id"): module for module in standard.get("metric_value_modules") or ()}
    for each in info.get("metric_value_module_infos") or ():
        module = modules.get(each.get("id") or "")
        if module is None:
            return "it has a value that is not part of the measurement standard"
        units = {unit.get("id") for unit in module.get("units") or ()}
        if units and (each.get("unit_id") or "") not in units:
            return "its unit is not one of the measurement standard's"
        if problem := next(_limit_problems(str(each.get("value") or ""), module.get("value_limit") or {}), ""):
            return problem
    return ""


def _limit_problems(value: str, limit: Mapping[str, Any]) -> Iterator[str]:
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


def _unit_id(units: Sequence[Mapping[str, Any]], unit_id: str, name: str) -> str | None:
    """The id of the unit with this id or this unambiguous name."""
    if any(unit.get("id") == unit_id for unit in units):
        return unit_id
    named = [str(unit.get("id")) for unit in units if name and normalised(str(unit.get("name"))) == normalised(name)]
    return named[0] if len(named) == 1 else None
