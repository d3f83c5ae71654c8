"""Validation of any product gives reasons and warnings, never an exception."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from relisting.merge import UnknownFields, merge
from relisting.validate import edit_warnings, validate
from relisting.validate.codes import Code
from tests.support.any_product import any_attributes, any_brands, any_products, any_regions, any_rules
from tiktok_shop.catalogue import Attribute, Brand, CategoryRules
from tiktok_shop.product_shape import malformed_field


@given(any_products, any_regions, any_rules, any_attributes, any_brands, st.booleans())
def test_any_accepted_product_can_be_validated(
    product: dict[str, Any],
    region: str,
    rules: CategoryRules,
    attributes: tuple[Attribute, ...],
    brand: Brand | None,
    unknown: bool,
) -> None:
    assert malformed_field(product) == ""
    before = json.dumps(product)
    merged = merge(product, "853000", product.get("product_attributes") or ())
    # A body with all fields of the product is the harder case.
    for body in (product, {} if isinstance(merged, UnknownFields) else merged):
        reasons = validate(body, region, rules, attributes, brand, product=product, brand_unknown=unknown)
        assert {reason.code for reason in reasons} <= set(Code)
        assert all(reason.field and reason.message for reason in reasons)
        assert all(edit_warnings(body, region, rules))
        again = validate(body, region, rules, attributes, brand, product=product, brand_unknown=unknown)
        assert again == reasons, "the same listing always has the same reasons"
    assert json.dumps(product) == before, "the before-image must not be changed"
