"""The platform's own check: its request and its result, in the shape of the published sample."""

from __future__ import annotations

from typing import Any

import pytest

from relisting.platform_check import check_body, parse_listing_check

FAILED: dict[str, Any] = {
    "check_result": "FAILED",
    "fail_reasons": [{"code": 12052700, "message": "Product title invalid"}],
    "warnings": {"message": "Your product will not be sent for review. "},
    "diagnoses": [{"field": "TITLE", "diagnosis_results": [{"code": "SHORT", "how_to_solve": "Say more."}]}],
    "pre_check_results": [
        {"pre_check_item": "INCOMPLETE_INFO", "pre_check_details": [{"short_reason": "s", "long_reason": "Too little"}]}
    ],
}


def test_check_body_has_prices_and_stock_but_no_ids() -> None:
    price = {"currency": "USD", "tax_exclusive_price": "9.50", "sale_price": "10"}
    stock = [{"warehouse_id": "1", "quantity": 3, "backorder_quantity": 0}]
    product = {"skus": [{"id": "1", "price": price, "inventory": stock}]}
    body = check_body(product, {"title": "T", "save_mode": "LISTING", "skus": [{"id": "1", "seller_sku": "a"}]})
    assert body == {
        "title": "T",
        "skus": [
            {
                "seller_sku": "a",
                "price": {"amount": "9.50", "currency": "USD"},
                "inventory": [{"warehouse_id": "1", "quantity": 3}],
            }
        ],
    }


def test_result_has_reasons_and_advice() -> None:
    result = parse_listing_check(FAILED)
    assert [(reason.code, reason.message) for reason in result.reasons] == [("12052700", "Product title invalid")]
    assert result.advice == ("TITLE: Say more.", "INCOMPLETE_INFO: Too little")


def test_pass_has_no_reasons() -> None:
    result = parse_listing_check({**FAILED, "check_result": "PASS"})
    assert result.reasons == ()
    assert result.advice


@pytest.mark.parametrize("data", [{}, {"diagnoses": None}, {"fail_reasons": "x", "check_result": "PASS"}])
def test_missing_parts_are_ignored(data: dict[str, Any]) -> None:
    assert parse_listing_check(data).reasons == ()


def test_failure_without_reasons_gets_one() -> None:
    assert parse_listing_check({"check_result": "FAILED"}).reasons[0].code == "listing_check"
