"""What is told of an edit before it is made: the fields it could wipe, and what it may do besides."""

from __future__ import annotations

from typing import Any

import pytest

from relisting.merge import UnknownFields, left_behind, merge

PRODUCT: dict[str, Any] = {"title": "t", "skus": [{"id": "1"}], "main_images": [{"uri": "u"}]}
SHARED = {"global_listing_policy": {"inventory_type": "SHARED"}}
FILE = {"name": "a", "format": "PDF"}


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({}, set()),
        ({"brand_new": 1, "skus": [{"id": "1", "newer": 2}]}, {"brand_new", "skus.newer"}),
        ({"size_chart": "a text where an object was", "brand_new": 1}, {"size_chart", "brand_new"}),
        ({"selling_format": "LIVE_AUCTION"}, {"selling_format"}),
        ({"skus": [{"id": "1", **SHARED}, {"id": "2"}]}, {"skus.global_listing_policy.inventory_type"}),
        # The shapes are not vouched for: what relies on them is not looked at.
        ({"brand_new": 1, "selling_format": "LIVE_AUCTION"}, {"brand_new"}),
    ],
)
def test_the_fields_an_edit_could_wipe(fields: dict[str, Any], names: set[str]) -> None:
    merged = merge({**PRODUCT, **fields}, "5", [])
    assert merged == UnknownFields(tuple(sorted(names))) if names else not isinstance(merged, UnknownFields)


def test_an_auction_is_told_by_its_tag_where_no_format_tells_it() -> None:
    body = merge({**PRODUCT, "selling_format": "", "product_tags": ["NEW", "AUCTION"]}, "5", [])
    assert not isinstance(body, UnknownFields)
    assert "selling_format" not in body
    assert body["product_tag_operations"] == [{"product_tag": "AUCTION", "enable": True}]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, []),
        ({"delivery_options": [{"id": "1"}]}, []),
        ({"status": "DRAFT"}, []),
        ({"status": "DRAFT", "delivery_options": [{"id": "1"}]}, ["delivery_options: the platform does not keep them"]),
        (
            {"product_status": "DRAFT", "status": "ACTIVATE", "delivery_options": [{"id": "1"}]},
            ["delivery_options: the"],
        ),
        ({"has_draft": True}, ["has_draft: the product has a draft"]),
        ({"audit": {"status": "AUDITING"}}, ["audit: another version is under review"]),
        ({"audit": {"status": "APPROVED"}}, []),
    ],
    ids=str,
)
def test_what_nobody_has_documented_is_a_warning(fields: dict[str, Any], told: list[str]) -> None:
    warnings = left_behind({**PRODUCT, **fields})
    assert [warning.startswith(start) for warning, start in zip(warnings, told, strict=True)] == [True] * len(told)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"certifications": [{"id": "7", "files": [FILE]}]}, "certifications.files.id"),
        ({"skus": [{"id": "1", "sales_attributes": [{"id": "1", "sku_img": {"width": 9, "urls": ["x"]}}]}]},
         "skus.sales_attributes.sku_img.uri"),
        ({"brand": {"name": "Own"}}, "brand.id"),
    ],
)  # fmt: skip
def test_what_names_an_object_can_not_be_allowed_away_however_deep_it_lies(fields: dict[str, Any], name: str) -> None:
    assert merge({**PRODUCT, **fields}, "5", [], allowed=frozenset({name})) == UnknownFields((name,))
