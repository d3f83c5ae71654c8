"""A seller's list of categories is read as it was exported."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping_studio.own_categories import MOST_STEPS, parse_own_categories
from relisting.table_file import BadFile


def test_a_table_may_have_shops_examples_and_other_columns() -> None:
    text = "id,Category,examples,shop\n7,Home > Jars,Glass jar | Jar with lid,\n8,Home > Boxes,,7494\n"
    first, second = parse_own_categories(text)
    assert (first.row, first.shop_id, first.steps) == (2, "*", ("Home", "Jars"))
    assert first.examples == ("Glass jar", "Jar with lid")
    assert (second.shop_id, second.steps, second.examples) == ("7494", ("Home", "Boxes"), ())


def test_rows_of_one_category_become_one_with_the_examples_of_all() -> None:
    (only,) = parse_own_categories("category,examples\nHome > Jars,One\nHome > Jars,Two\n")
    assert only.examples == ("One", "Two")


@pytest.mark.parametrize(
    ("line", "steps"),
    [
        ("469 - Health & Beauty > Personal Care", ("Health & Beauty", "Personal Care")),
        ("gid://shopify/TaxonomyCategory/hb-3 : Health & Beauty > Personal Care", ("Health & Beauty", "Personal Care")),
        ("Home/Kitchen/Jars", ("Home", "Kitchen", "Jars")),
        ("Bücher, Zeitschriften > Romane", ("Bücher, Zeitschriften", "Romane")),
        ("キッチン » 鍋", ("キッチン", "鍋")),
    ],
)
def test_a_list_has_one_path_per_line(line: str, steps: tuple[str, ...]) -> None:
    (only,) = parse_own_categories(f"# Google_Product_Taxonomy_Version: 2021-09-21\n{line}\n")
    assert only.steps == steps


@pytest.mark.parametrize(
    "text",
    ["", "category\n", "category\n>\n", "category\n" + " > ".join("x" * (MOST_STEPS + 1)), "category,category\n"],
)
def test_a_file_without_usable_categories_is_refused(text: str) -> None:
    with pytest.raises(BadFile):
        parse_own_categories(text)


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with contextlib.suppress(BadFile):
        assert all(own.steps for own in parse_own_categories(text))
