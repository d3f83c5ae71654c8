"""Weights and dimensions: of the package and of each SKU."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from simulator.refusal import Refusal
from simulator.rules.submission import Submission

_DECIMALS = {"GRAM": 0, "KILOGRAM": 3, "POUND": 2}
_WEIGHT_UNITS = {"US": ("KILOGRAM", "POUND"), **dict.fromkeys(("BR", "JP", "MX"), ("KILOGRAM", "GRAM"))}
_MALFORMED = {"length": 12052005, "width": 12052004, "height": 12052003}
_NUMBER = re.compile(r"\d+(?:\.(\d+))?")


def package_problems(submission: Submission) -> Iterator[Refusal]:
    body, region = submission.body, submission.seller.region
    required = submission.catalogue.rules(submission.category_id)["package_dimension"]["is_required"]
    if required and not body.get("package_dimensions"):
        yield Refusal(12052116, "package dimensions are required")
    yield from _sizes(body.get("package_weight"), body.get("package_dimensions"), region)
    for sku in body.get("skus") or ():
        yield from _sizes(sku.get("sku_weight"), sku.get("sku_dimensions"), region)


def _sizes(weight: Mapping[str, Any] | None, sizes: Mapping[str, Any] | None, region: str) -> Iterator[Refusal]:
    if weight:
        yield from _weight(weight, region)
    if sizes:
        yield from _dimensions(sizes, region)
    if weight and sizes and (weight.get("unit") == "POUND") != (sizes.get("unit") == "INCH"):
        yield Refusal(12052915, "weight and dimensions must both be metric or both imperial")


def _weight(weight: Mapping[str, Any], region: str) -> Iterator[Refusal]:
    unit, value = str(weight.get("unit")), str(weight.get("value") or "")
    if unit not in _WEIGHT_UNITS.get(region, ("KILOGRAM",)):
        yield Refusal(12052916, f"weights are not given in {unit} in this region")
        return
    number = _NUMBER.fullmatch(value)
    if number is None or len(number[1] or "") > _DECIMALS[unit]:
        yield Refusal(12052006, f"weight {value!r} is malformed")
    elif float(value) == 0:
        yield Refusal(12052181, "weight is zero")


def _dimensions(sizes: Mapping[str, Any], region: str) -> Iterator[Refusal]:
    unit = sizes.get("unit")
    if unit == "INCH" and region != "US":
        yield Refusal(12019060, "dimensions in INCH are for the US only")
    elif unit not in ("CENTIMETER", "INCH"):
        yield Refusal(12052916, f"dimensions are not given in {unit}")
    for name, code in _MALFORMED.items():
        number = _NUMBER.fullmatch(str(sizes.get(name) or ""))
        if number is None or len(number[1] or "") > 2 or float(number[0]) == 0:
            yield Refusal(code, f"{name} is malformed")
