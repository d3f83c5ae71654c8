"""What the platform's own check is sent, and what its answer means; the answer's shape is the published sample's."""

from __future__ import annotations

from typing import Any

import pytest

from relisting.platform_check import check_body, verdict_of

FAILED: dict[str, Any] = {
    "check_result": "FAILED",
    "fail_reasons": [{"code": 12052700, "message": "Product title invalid"}],
    "warnings": {"message": "Your product will not be sent for review. "},
    "diagnoses": [{"field": "TITLE", "diagnosis_results": [{"code": "SHORT", "how_to_solve": "Say more."}]}],
    "pre_check_results": [
        {"pre_check_item": "INCOMPLETE_INFO", "pre_check_details": [{"short_reason": "s", "long_reason": "Too little"}]}
    ],
}


def test_prices_and_stock_go_with_it_and_ids_do_not() -> None:
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


def test_what_it_refuses_and_what_it_would_like() -> None:
    verdict = verdict_of(FAILED)
    assert [(reason.code, reason.message) for reason in verdict.reasons] == [("12052700", "Product title invalid")]
    assert verdict.advice == ("TITLE: Say more.", "INCOMPLETE_INFO: Too little")


def test_a_pass_stops_nothing() -> None:
    verdict = verdict_of({**FAILED, "check_result": "PASS"})
    assert verdict.reasons == ()
    assert verdict.advice


@pytest.mark.parametrize("answer", [{}, {"diagnoses": None}, {"fail_reasons": "x", "check_result": "PASS"}])
def test_what_is_not_there_says_nothing(answer: dict[str, Any]) -> None:
    assert verdict_of(answer).reasons == ()


def test_a_failure_without_reasons_is_a_failure() -> None:
    assert verdict_of({"check_result": "FAILED"}).reasons[0].code == "listing_check"
