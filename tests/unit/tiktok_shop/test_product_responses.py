"""Doubtful products are not editable, and a search page loses only its unreadable rows."""

from __future__ import annotations

import pytest

from tiktok_shop import endpoints, errors
from tiktok_shop.product_responses import parse_search_page, why_not_editable
from tiktok_shop.response import Response, parse_response

GOOD = {
    "id": "1",
    "title": "T",
    "status": "ACTIVATE",
    "skus": [{"id": "9"}],
    "category_chains": [{"id": "5", "is_leaf": True}],
}


@pytest.mark.parametrize(
    "change",
    [
        {"id": "2"},
        {"skus": []},
        {"skus": [{}]},
        {"category_chains": None},
        {"title": 1},
        {"status": ""},
        {"description": 7},
        {"skus": [{"id": -1}]},
        {"skus": [{"id": True}]},
        {"main_images": {"uri": "x"}},
        {"search_terms": [[]]},
        {"is_cod_allowed": -1},
        {"certifications": [{"id": "1", "expiration_date": "soon"}]},
        {"package_weight": {"value": 1.5e300}},
        {"main_images": ["x"]},
    ],
)
def test_doubtful_product_is_not_editable(change: dict[str, object]) -> None:
    assert why_not_editable(GOOD, "1") == ""
    assert why_not_editable({**GOOD, **change}, "1")


@pytest.mark.parametrize("status", ["DRAFT", "DELETED"])
@pytest.mark.parametrize("change", [{"skus": []}, {"skus": None}, {"category_chains": []}, {"title": None}])
def test_draft_or_deleted_product_may_lack_content(status: str, change: dict[str, object]) -> None:
    assert why_not_editable({**GOOD, "status": status, **change}, "1") == ""
    assert why_not_editable({**GOOD, "status": status, "skus": [{}]}, "1") == "a SKU has no id"


@pytest.mark.parametrize("name", ["title", "skus"])
def test_only_a_deleted_product_may_come_without_a_field(name: str) -> None:
    short = {other: value for other, value in GOOD.items() if other != name}
    assert why_not_editable({**short, "status": "DRAFT"}, "1") == f"{name} is missing"
    assert why_not_editable({**short, "status": "DELETED"}, "1") == ""


def test_ids_may_be_numbers() -> None:
    chain = [{"id": 5, "parent_id": 0, "is_leaf": True}]
    assert why_not_editable({**GOOD, "id": 1, "skus": [{"id": 9}], "category_chains": chain}, "1") == ""


HALF_AN_EMOJI = b'{"id": "2", "title": "cut \\ud83d"}'
"""A title that was cut in the middle of an emoji leaves half a surrogate pair."""


@pytest.mark.parametrize(
    "row", [HALF_AN_EMOJI, b'{"id": "2", "title": "\xed\xa0\xbd"}', b"null", b"{}", b'{"id": true}']
)
def test_unreadable_row_costs_that_row(row: bytes) -> None:
    raw = b'{"code": 0, "data": {"total_count": 3, "products": [{"id": "1"}, %s, {"id": 3}]}}' % row
    response = parse_response(endpoints.SEARCH_PRODUCTS, 200, raw, None)
    assert isinstance(response, Response)
    page = parse_search_page(response.data)
    assert [product["id"] for product in page.products] == ["1", "3"]
    assert (page.unreadable, page.total_count) == (1, 3)


def test_product_with_invalid_text_is_malformed_not_an_outage() -> None:
    raw = b'{"code": 0, "data": ' + HALF_AN_EMOJI + b"}"
    error = parse_response(endpoints.GET_PRODUCT, 200, raw, None)
    assert type(error) is errors.MalformedResponse
    assert "not valid Unicode" in str(error)


@pytest.mark.parametrize("raw", [b'{"code": 0, "data": {"x": NaN}}', b'{"code": 0', b"[" * 100_000, b"\xff"])
def test_invalid_json_has_no_envelope(raw: bytes) -> None:
    assert type(parse_response(endpoints.SEARCH_PRODUCTS, 200, raw, None)) is errors.NonApiResponse
