"""A product of a doubtful shape is not editable."""

from __future__ import annotations

import pytest

from tiktok_shop.product_responses import why_not_editable

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
