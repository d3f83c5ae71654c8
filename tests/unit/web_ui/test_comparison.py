"""Before and after of an edit, as people read them."""

from __future__ import annotations

from typing import Any

import pytest

from relisting.changes import changes
from web_ui.comparison import ComparedField, compared
from web_ui.field_text import field_text

BEFORE = {
    "category_chains": [{"id": "601226", "parent_id": "0", "local_name": "Shirts", "is_leaf": True}],
    "product_attributes": [
        {"id": "1", "name": "Material", "values": [{"id": "10", "name": "Linen"}]},
        {"id": "2", "name": "Season", "values": [{"id": "20", "name": "Spring"}]},
        {"id": "3", "name": "Old property", "values": [{"id": "30", "name": "Blue"}]},
    ],
}
EDIT = {
    "category_id": "853000",
    "product_attributes": [
        {"id": "100", "values": [{"id": "500", "name": "Linen"}]},
        {"id": "200", "values": [{"id": "501", "name": "Spring/Summer"}]},
        {"id": "300", "values": [{"name": "Long"}]},
    ],
}
NAMES = {"100": "Fabric", "200": "Season", "300": "Sleeve length"}


def test_attributes_with_new_ids_are_compared_with_those_they_replace() -> None:
    lines = changes(BEFORE, EDIT, "Clothes > Shirts", NAMES)
    assert compared(BEFORE, EDIT, path="Clothes > Shirts", changes=lines) == [
        ComparedField("category", "Shirts (601226)", "Clothes > Shirts (853000)"),
        ComparedField("attribute Season", "Spring", "Spring/Summer"),
        ComparedField("attribute Sleeve length", "", "Long"),
        ComparedField("attribute Old property", "Blue", ""),
        ComparedField("attribute Fabric", "Linen", "Linen"),
    ]


def test_entries_of_releases_without_lines_are_compared_by_value() -> None:
    rows = {row.name: (row.before, row.after) for row in compared(BEFORE, EDIT)}
    assert rows["attribute Material"] == ("Linen", "Linen")
    assert rows["attribute 300"] == ("", "Long")


def test_attributes_with_equal_values_keep_their_names() -> None:
    pairs = {"1": "Waterproof", "2": "Fragile", "3": "Washable"}
    no = [{"name": "No"}]
    before = {"product_attributes": [{"id": each, "name": name, "values": no} for each, name in pairs.items()]}
    edit = {"category_id": "9", "product_attributes": [{"id": f"{each}00", "values": no} for each in ("3", "1")]}
    lines = changes(before, edit, "", {"300": "Washable", "100": "Waterproof"})
    rows = [(row.name, row.before, row.after) for row in compared(before, edit, changes=lines)][1:]
    assert sorted(rows) == [
        ("attribute Fragile", "No", ""),
        ("attribute Washable", "No", "No"),
        ("attribute Waterproof", "No", "No"),
    ]


def test_values_of_an_unknown_shape_are_left_out() -> None:
    before = {"product_attributes": [{"id": "1", "name": "Size", "values": ["S", None, {"id": "9"}]}, "odd", {}]}
    (row, *_) = compared(before, {"product_attributes": [{"id": "2", "values": [{"id": "9"}]}, {"values": None}]})
    assert row == ComparedField("attribute Size", "9", "9")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([], ""),
        (False, "no"),
        ("<p>text</p>", "<p>text</p>"),
        (["a", "b"], "a; b"),
        ({"value": "1.2", "unit": "KILOGRAM"}, "value 1.2, unit KILOGRAM"),
        ([{"uri": "tos/1"}, {"uri": "tos/2"}], "uri tos/1\nuri tos/2"),
        (
            [{"seller_sku": "S", "price": {"amount": "1", "currency": "USD"}}],
            "seller sku S, price (amount 1, currency USD)",
        ),
    ],
)
def test_fields_are_written_without_braces(value: Any, text: str) -> None:
    assert field_text(value) == text


def test_a_long_field_is_cut_and_says_so() -> None:
    assert field_text("x" * 1000).endswith("… (1,000 characters)")
