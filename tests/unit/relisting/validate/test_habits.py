"""Measured habits decide where documentation and live listings disagree."""

from __future__ import annotations

from typing import Any

import pytest

from relisting.platform_habits import PlatformHabits
from relisting.validate import validate
from relisting.validate.tolerance import split_tolerated
from tests.support.validation_cases import body

ZERO = {"package_dimensions": {"length": "0", "width": "0", "height": "0", "unit": "CENTIMETER"}}
LONG = {"package_dimensions": {"length": "150", "width": "10", "height": "10", "unit": "CENTIMETER"}}
UNSIZED = {"description": "<p>A jar</p><img src='https://x'>"}
FINE_WEIGHT = {"package_weight": {"value": "0.4000", "unit": "KILOGRAM"}}
FINE_SIZES = {"package_dimensions": {"length": "10.125", "width": "10", "height": "10", "unit": "CENTIMETER"}}
FINE_VARIANT = {"skus": [{"id": "1", "sku_weight": {"value": "8.5", "unit": "GRAM"}}]}
SMALL = {"main_images": [{"uri": "x", "width": 100, "height": 100}]}


def stopping(habits: PlatformHabits, fields: dict[str, Any], *, is_live: bool = True) -> bool:
    listing = body(**fields)
    product = fields if "main_images" in fields else None
    reasons = validate(
        listing.whole_body, "US", listing.rules, listing.attributes, listing.brand, product=product, habits=habits
    )
    stopped, tolerated = split_tolerated(reasons, listing.whole_body, habits, is_live=is_live)
    assert len(stopped) + len(tolerated.warnings) == len(reasons)
    return bool(stopped)


@pytest.mark.parametrize("fields", [ZERO, UNSIZED, SMALL, FINE_WEIGHT, FINE_SIZES, FINE_VARIANT])
def test_values_of_a_live_listing_are_sent_until_it_is_measured(fields: dict[str, Any]) -> None:
    assert not stopping(PlatformHabits(), fields)
    assert stopping(PlatformHabits(), fields, is_live=False)


@pytest.mark.parametrize(
    ("refused", "accepted", "fields"),
    [
        (PlatformHabits(accepts_zero_dimensions=False), PlatformHabits(accepts_zero_dimensions=True), ZERO),
        (
            PlatformHabits(description_images_need_sizes=True),
            PlatformHabits(description_images_need_sizes=False),
            UNSIZED,
        ),
        (PlatformHabits(main_image_least_px=300), PlatformHabits(main_image_least_px=100), SMALL),
        (PlatformHabits(accepts_more_decimals=False), PlatformHabits(accepts_more_decimals=True), FINE_WEIGHT),
        (PlatformHabits(accepts_more_decimals=False), PlatformHabits(accepts_more_decimals=True), FINE_SIZES),
        (PlatformHabits(), PlatformHabits(longest_package_cm=0), LONG),
    ],
)
def test_a_measured_habit_decides(refused: PlatformHabits, accepted: PlatformHabits, fields: dict[str, Any]) -> None:
    assert stopping(refused, fields)
    assert not stopping(accepted, fields)
    assert not stopping(accepted, fields, is_live=False)


def test_an_image_without_address_is_never_tolerated() -> None:
    assert stopping(PlatformHabits(), {"description": "<p>A jar</p><img width='9' height='9'>"})
