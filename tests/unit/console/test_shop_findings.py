"""Shops are counted once, whether they were asked or share the cause of another shop of their app."""

from __future__ import annotations

from authorisation.causes import Cause
from authorisation.inspection import NO_WEBHOOKS, Inspection
from console.diagnosis.shops import shop_findings

WRONG_SECRET = Cause("secret", "the app secret is wrong", "copy it", "all")


def texts(inspection: Inspection) -> list[str]:
    return [finding.found for finding in shop_findings(inspection, 0.0)]


def test_a_cause_of_the_app_leaves_no_shop_to_count() -> None:
    inspection = Inspection(2, inspected=1, taken_over=1)
    inspection.found[WRONG_SECRET] |= {"1", "2"}
    assert texts(inspection) == ["the app secret is wrong (2 of 2 shops)"]


def test_shops_of_another_app_are_counted_separately() -> None:
    inspection = Inspection(10, inspected=4, taken_over=2)
    inspection.found[WRONG_SECRET] |= {"1", "2", "3"}
    inspection.found[NO_WEBHOOKS] |= {"4", "5"}
    assert texts(inspection)[2:] == ["3 of 10 shops are authorised and active", "4 shops of 10 were not checked"]
