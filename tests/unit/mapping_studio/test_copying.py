"""A mapping is copied to another region, and rows that do not fit there are reported."""

from __future__ import annotations

from mapping_studio.copying import copy_mapping
from mapping_studio.path_index import PathIndex
from relisting.mapping import parse_mapping
from relisting.tree import CategoryTree
from tiktok_shop.catalogue import Category

HERE = CategoryTree(
    [
        Category("1", "0", "Home", False),
        Category("5", "1", "Glass jars", True),
        Category("6", "1", "Bowls", True),
        Category("7", "1", "Lamps", True),
        Category("8", "1", "Knives", True),
    ]
)
THERE = CategoryTree(
    [
        Category("1", "0", "Home", False),
        Category("5", "1", "Glass jars", True),
        Category("60", "1", "Bowls", True),
        Category("7", "1", "Candles", True),
        Category("8", "1", "Knives", True, ("PROHIBITED",)),
    ]
)


def test_each_row_is_copied_or_gives_the_reason() -> None:
    mapping = parse_mapping("shop,from,to\n*,a,5\n*,b,Home > Bowls\n*,c,7\n*,d,8\n*,e,404\n")
    copied = copy_mapping(mapping, HERE, PathIndex(THERE))
    assert [each.to for each in copied] == ["Home > Glass jars [5]", "Home > Bowls [60]", "", "", ""]
    notes = [each.note for each in copied]
    assert notes[0] == "same leaf"
    assert notes[1].startswith("other id")
    assert "Home > Lamps has other names there" in notes[2]
    assert "prohibited" in notes[3]
    assert "404 is not in the v2 tree" in notes[4]
