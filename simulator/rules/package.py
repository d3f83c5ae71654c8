"""Weights and dimensions of the package and of each SKU."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from simulator.api_error import ApiError
from simulator.options import SimulatorOptions
from simulator.rules.submission import Submission

_DECIMALS = {"GRAM": 0, "KILOGRAM": 3, "POUND": 2}
_WEIGHT_UNITS = {"US": ("KILOGRAM", "POUND"), **dict.fromkeys(("BR", "ID", "JP", "MX"), ("KILOGRAM", "GRAM"))}
CENTIMETERS_OF_INCH = 2.54
_MALFORMED = {"length": 12052005, "width": 12052004, "height": 12052003}
_NUMBER = re.compile(r"\d+(?:\.(\d+))?")


def package_problems(submission: Submission) -> Iterator[ApiError]:
    body, region = submission.body, submission.seller.region
    required = submission.catalogue.rules(submission.category_id)["package_dimension"]["is_required"]
    if required and not body.get("package_dimensions"):
        yield ApiError(12052116, "package dimensions are required")
    options = submission.options
    yield from _sizes(body.get("package_weight"), body.get("package_dimensions"), region, options)
    if options.longest_package_cm and _sum_in_cm(body.get("package_dimensions") or {}) > options.longest_package_cm:
        yield ApiError(12052116, f"length, width and height add up to more than {options.longest_package_cm} cm")
    for sku in body.get("skus") or ():
        yield from _sizes(sku.get("sku_weight"), sku.get("sku_dimensions"), region, options)


def _sum_in_cm(sizes: Mapping[str, Any]) -> float:
    """The sum in cm; 0 if a size is missing or malformed, which another code reports."""
    texts = [str(sizes.get(name) or "") for name in _MALFORMED]
    if not all(_NUMBER.fullmatch(text) for text in texts):
        return 0.0
    return sum(map(float, texts)) * (CENTIMETERS_OF_INCH if sizes.get("unit") == "INCH" else 1.0)


def _sizes(
    weight: Mapping[str, Any] | None, sizes: Mapping[str, Any] | None, region: str, options: SimulatorOptions
) -> Iterator[ApiError]:
    if weight:
        yield from _weight(weight, region, options)
    if sizes:
        yield from _dimensions(sizes, region, options)
    if weight and sizes and (weight.get("unit") == "POUND") != (sizes.get("unit") == "INCH"):
        yield ApiError(12052915, "weight and dimensions must both be metric or both imperial")


def _weight(weight: Mapping[str, Any], region: str, options: SimulatorOptions) -> Iterator[ApiError]:
    unit, value = str(weight.get("unit")), str(weight.get("value") or "")
    if unit not in _WEIGHT_UNITS.get(region, ("KILOGRAM",)):
        yield ApiError(12052916, f"weights are not given in {unit} in this region")
        return
    number = _NUMBER.fullmatch(value)
    if number is None or (len(number[1] or "") > _DECIMALS[unit] and not options.accepts_more_decimals):
        yield ApiError(12052006, f"weight {value!r} is malformed")
    elif float(value) == 0:
        yield ApiError(12052823, "weight is zero")


def _dimensions(sizes: Mapping[str, Any], region: str, options: SimulatorOptions) -> Iterator[ApiError]:
    unit = sizes.get("unit")
    if unit == "INCH" and region != "US":
        yield ApiError(12019060, "dimensions in INCH are for the US only")
    elif unit not in ("CENTIMETER", "INCH"):
        yield ApiError(12052916, f"dimensions are not given in {unit}")
    for name, code in _MALFORMED.items():
        number = _NUMBER.fullmatch(str(sizes.get(name) or ""))
        zero = number is not None and float(number[0]) == 0 and not options.accepts_zero_dimensions
        is_too_fine = number is not None and len(number[1] or "") > 2 and not options.accepts_more_decimals
        if number is None or is_too_fine or zero:
            yield ApiError(code, f"{name} is malformed")
