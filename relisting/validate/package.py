"""Checks the package weight and dimensions of the product and of each SKU: units, format, decimals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from model.outcome import Reason
from relisting.platform_habits import PlatformHabits
from relisting.validate.codes import Code
from relisting.validate.reasons import reason
from tiktok_shop.catalogue import CategoryRules

NUMBER = re.compile(r"\d+(?:[.,](\d+))?", re.ASCII)
"""Brazil accepts a decimal comma, and the platform's sample weight has one."""
DECIMALS = {"GRAM": 0, "KILOGRAM": 3, "POUND": 2}
GRAM_REGIONS = frozenset({"BR", "ID", "JP", "MX"})
DIMENSION_DECIMALS = 2
"""Before 2026-06 these had to be whole numbers."""
SIDES = (
    ("length", Code.LENGTH_MALFORMED),
    ("width", Code.WIDTH_MALFORMED),
    ("height", Code.HEIGHT_MALFORMED),
)
IMPERIAL = frozenset({"POUND", "INCH"})
CM_PER_INCH = 2.54


def check_package(
    body: Mapping[str, Any], region: str, rules: CategoryRules, habits: PlatformHabits
) -> Iterator[Reason]:
    if rules.package_dimension_required and not body.get("package_dimensions"):
        message = "The package's dimensions are required in this category."
        yield reason(Code.DIMENSIONS, "package_dimensions", message)
    longest = habits.longest_package_cm
    if longest and _sum_cm(body.get("package_dimensions") or {}) > longest:
        message = f"Length, width and height of the package add up to more than {longest} cm."
        yield reason(Code.DIMENSIONS, "package_dimensions", message)
    yield from _package_problems(body, "package_weight", "package_dimensions", "", region, habits)
    for index, sku in enumerate(body.get("skus") or ()):
        yield from _package_problems(sku, "sku_weight", "sku_dimensions", f"skus[{index}].", region, habits)


def _package_problems(
    item: Mapping[str, Any], weight_name: str, sizes_name: str, where: str, region: str, habits: PlatformHabits
) -> Iterator[Reason]:
    weight, sizes = item.get(weight_name) or {}, item.get(sizes_name) or {}
    if weight:
        yield from _weight(weight, where + weight_name, region, habits)
    if sizes:
        yield from _sizes(sizes, where + sizes_name, region, habits)
    if weight and sizes and _is_imperial(weight) != _is_imperial(sizes):
        message = "Weight and dimensions must both be metric, or both imperial."
        yield reason(Code.UNITS_MIXED, where + sizes_name, message)


def _weight(weight: Mapping[str, Any], field: str, region: str, habits: PlatformHabits) -> Iterator[Reason]:
    unit, value = str(weight.get("unit") or ""), str(weight.get("value") or "")
    if unit == "POUND" and region != "US":
        yield reason(Code.POUND_NOT_IN_REGION, field, "Pounds are for shops in the United States only.")
    elif unit not in DECIMALS or (unit == "GRAM" and region not in GRAM_REGIONS):
        message = f"A weight in {unit or 'no unit'} is not accepted in this market."
        yield reason(Code.UNIT_NOT_IN_REGION, field, message)
    number, most = NUMBER.fullmatch(value), DECIMALS.get(unit, 3)
    if number is None or (len(number[1] or "") > most and not habits.accepts_more_decimals):
        message = f"The weight {value!r} must be a number with at most {most} decimals in {unit}."
        yield reason(Code.WEIGHT_MALFORMED, field, message)
    elif is_zero(value):
        yield reason(Code.WEIGHT_ZERO, field, "The weight must be above zero.")


def _sizes(sizes: Mapping[str, Any], field: str, region: str, habits: PlatformHabits) -> Iterator[Reason]:
    unit = str(sizes.get("unit") or "")
    if unit == "INCH" and region != "US":
        yield reason(Code.INCH_NOT_IN_REGION, field, "Inches are for shops in the United States only.")
    elif unit not in ("CENTIMETER", "INCH"):
        yield reason(
            Code.UNIT_NOT_IN_REGION, field, f"Dimensions in {unit or 'no unit'} are not accepted in this market."
        )
    for side, code in SIDES:
        value = str(sizes.get(side) or "")
        number = NUMBER.fullmatch(value)
        if (
            number is None
            or (len(number[1] or "") > DIMENSION_DECIMALS and not habits.accepts_more_decimals)
            or (is_zero(value) and not habits.accepts_zero_dimensions)
        ):
            message = f"The {side} {value!r} must be a number above zero with at most two decimals."
            yield reason(code, f"{field}.{side}", message)


def _sum_cm(sizes: Mapping[str, Any]) -> float:
    """The sum in cm; zero if a side is malformed, which is reported separately."""
    sides = [str(sizes.get(side) or "").replace(",", ".") for side, _ in SIDES]
    if not all(NUMBER.fullmatch(side) for side in sides):
        return 0.0
    return sum(map(float, sides)) * (CM_PER_INCH if sizes.get("unit") == "INCH" else 1.0)


def _is_imperial(measured: Mapping[str, Any]) -> bool:
    return str(measured.get("unit") or "") in IMPERIAL


def has_more_decimals(measured: Mapping[str, Any], name: str) -> bool:
    """Whether `value`, or a side, of a weight or of dimensions is a number with more decimals than documented."""
    number = NUMBER.fullmatch(str(measured.get(name) or ""))
    most = DECIMALS.get(str(measured.get("unit") or ""), 3) if name == "value" else DIMENSION_DECIMALS
    return number is not None and len(number[1] or "") > most


def is_zero(value: str) -> bool:
    return not value.strip("0.,")
