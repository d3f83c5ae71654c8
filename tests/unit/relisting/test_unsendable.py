"""Fields that an edit could wipe, and warnings about its side effects."""

from __future__ import annotations

from typing import Any

import pytest

from relisting.merge import UnknownFields, merge, merge_warnings
from relisting.unsendable import unknown_fields

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
        # The shapes are not checked yet, so conflicting values are not looked for.
        ({"brand_new": 1, "selling_format": "LIVE_AUCTION"}, {"brand_new"}),
    ],
)
def test_fields_an_edit_could_wipe(fields: dict[str, Any], names: set[str]) -> None:
    merged = merge({**PRODUCT, **fields}, "5", [])
    assert merged == UnknownFields(tuple(sorted(names))) if names else not isinstance(merged, UnknownFields)


def test_auction_without_format_is_sent_as_tag() -> None:
    body = merge({**PRODUCT, "selling_format": "", "product_tags": ["NEW", "AUCTION"]}, "5", [])
    assert not isinstance(body, UnknownFields)
    assert "selling_format" not in body
    assert body["product_tag_operations"] == [{"product_tag": "AUCTION", "enable": True}]


@pytest.mark.parametrize(
    ("fields", "starts"),
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
        ({"audit": {"status": "AUDITING"}}, ["audit: a version is under review; the edit waits"]),
        ({"audit": {"status": "APPROVED"}}, []),
    ],
    ids=str,
)
def test_undocumented_side_effects_are_warnings(fields: dict[str, Any], starts: list[str]) -> None:
    warnings = merge_warnings({**PRODUCT, **fields})
    assert [warning.startswith(start) for warning, start in zip(warnings, starts, strict=True)] == [True] * len(starts)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"certifications": [{"id": "7", "files": [FILE]}]}, "certifications.files.id"),
        ({"skus": [{"id": "1", "sales_attributes": [{"id": "1", "sku_img": {"width": 9, "urls": ["x"]}}]}]},
         "skus.sales_attributes.sku_img.uri"),
        ({"brand": {"name": "Own"}}, "brand.id"),
    ],
)  # fmt: skip
def test_nested_id_fields_cannot_be_dropped(fields: dict[str, Any], name: str) -> None:
    assert merge({**PRODUCT, **fields}, "5", [], allowed=frozenset({name})) == UnknownFields((name,))


DEEP: Any = []
for _ in range(900):
    DEEP = [DEEP]


@pytest.mark.parametrize("value", [{"a": None, "b": []}, [{}], [""], {"a": {"b": [{}]}}])
def test_an_unknown_field_without_content_does_not_block(value: Any) -> None:
    assert unknown_fields({"id": "1", "warranty": value}) == []


@pytest.mark.parametrize("value", [0, False, "0", {"a": 0}, [{"a": None}, {"a": False}], DEEP])
def test_an_unknown_field_with_any_content_blocks(value: Any) -> None:
    assert unknown_fields({"id": "1", "warranty": value}) == ["warranty"]
