"""A seller's list of categories is read as it was exported."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping_studio.own_categories import MAX_STEPS, parse_own_categories
from relisting.table_file import BadFile
from tables.reader import as_csv, read_content


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


@pytest.mark.parametrize("header", ["", "category\n", "\ufeffKategorie\n"])
def test_a_name_with_commas_stays_one_name_in_a_file_of_one_column(header: str) -> None:
    sheet = as_csv(read_content(f"{header}Food, Drinks & Tobacco > Juice, 100%\n".encode())[0])
    (only,) = parse_own_categories(sheet)
    assert only.path == "Food, Drinks & Tobacco > Juice, 100%"


@pytest.mark.parametrize("above", ["sep=;\r\n", "\r\n;;\r\n", "Our categories;\r\n\r\n"])
def test_the_header_may_follow_what_spreadsheets_and_people_write_above_it(above: str) -> None:
    content = f"{above}Kategorie;Beispiele\r\nHaus > Gläser;Glas | Deckelglas\r\n;\r\n".encode("cp1252")
    (only,) = parse_own_categories(as_csv(read_content(content)[0]))
    assert (only.steps, only.examples) == (("Haus", "Gläser"), ("Glas", "Deckelglas"))


def test_rows_that_a_mapping_file_treats_as_one_become_one() -> None:
    text = "category\nHome > Jars\nhome > jars \nHOME > Jars!\n"
    assert [each.path for each in parse_own_categories(text)] == ["Home > Jars"]


@pytest.mark.parametrize(
    "text",
    ["", "category\n", "category\n>\n", "category\n" + " > ".join("x" * (MAX_STEPS + 1)), "category,category\n"],
)
def test_a_file_without_usable_categories_is_refused(text: str) -> None:
    with pytest.raises(BadFile):
        parse_own_categories(text)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("Kategorie;Titel\nHerren > Schuhe;Sneaker\n", ("Herren", "Schuhe")),
        ("Danh mục,Tên sản phẩm\nNhà bếp > Chảo,Chảo chống dính\n", ("Nhà bếp", "Chảo")),
        ("カテゴリ\t商品名\nキッチン > 鍋\t片手鍋\n", ("キッチン", "鍋")),
        ("Level 1,Level 2,Level 3\nHome,Kitchen,Jars\n", ("Home", "Kitchen", "Jars")),
        ("Ebene 1;Ebene 2\nHaus;Küche\n", ("Haus", "Küche")),
        ("Category,Subcategory\nHome,Jars\n", ("Home", "Jars")),
        ("Node ID,Node Path\n77,Home/Kitchen/Jars\n", ("Home", "Kitchen", "Jars")),
        ("id,title,google_product_category\n1,Jar,Home > Jars\n", ("Home", "Jars")),
    ],
)
def test_tables_of_shop_systems_and_of_sellers_are_read_by_their_headers(text: str, steps: tuple[str, ...]) -> None:
    (only,) = parse_own_categories(text)
    assert only.steps == steps


def test_a_product_export_gives_titles_as_examples_and_skips_rows_without_a_category() -> None:
    text = (
        "Handle,Title,Body (HTML),Product Category,Type\n"
        'jar,Glass jar,"<p>One,\ntwo</p>",Home > Kitchen > Jars,jar\n'
        "jar,,,,\n"
        "lid,Jar with lid,,Home > Kitchen > Jars,jar\n"
    )
    (only,) = parse_own_categories(text)
    assert (only.steps, only.examples) == (("Home", "Kitchen", "Jars"), ("Glass jar", "Jar with lid"))


def test_a_cell_with_several_categories_gives_each_of_them() -> None:
    found = parse_own_categories('Name,Categories\nTee,"Clothing > T-shirts, Sale"\n')
    assert [each.steps for each in found] == [("Clothing", "T-shirts"), ("Sale",)]


@pytest.mark.parametrize(
    "text", ["Warengruppe;Menge\nSchuhe > Herren;7\n", "sku;group\n1;Jars\n2;Boxes\n", "foo,bar\n1,2\n"]
)
def test_a_table_without_a_known_column_is_refused_with_its_headers(text: str) -> None:
    with pytest.raises(BadFile, match="name one `category`"):
        parse_own_categories(text)


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with contextlib.suppress(BadFile):
        assert all(own.steps for own in parse_own_categories(text))
