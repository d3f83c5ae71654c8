"""Food and care products are known in every language: a colour or substance next to them is not the product's own."""

from __future__ import annotations

import pytest

from proposals.lexicon import LANGUAGES
from proposals.things import FILE, NOUN_LAST, texts_after, texts_before, things_after, things_before
from tests.support.proposed import attribute, stated

COLOUR = attribute("Color", ["Black", "White", "Red", "Green", "Orange"])
KINDS = tuple(sorted({line.split("\t")[0] for line in FILE.read_text(encoding="utf-8").splitlines()} - {"# kind"}))
MATERIAL = attribute("Material", ["Wood", "Leather", "Glass", "Silk"])


def test_each_row_has_a_kind_and_one_cell_per_language() -> None:
    rows = [line.split("\t") for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert all(row[0] in KINDS and len(row) == 1 + len(LANGUAGES) for row in rows)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "verb"])
def test_a_language_has_its_words_on_one_side_of_the_attribute(kind: str) -> None:
    assert set(things_after(kind).words) == NOUN_LAST
    assert set(things_before(kind).words) == set(LANGUAGES) - NOUN_LAST
    assert texts_after(kind)
    assert texts_before(kind)


@pytest.mark.parametrize(
    ("region", "title"),
    [
        ("US", "Red onion seeds"),
        ("MX", "Cebolla roja"),
        ("BR", "Suco de laranja"),
        ("DE", "Schwarzer Pfeffer"),
        ("FR", "Vin rouge"),
        ("IT", "Tè nero"),
        ("ID", "Beras merah"),
        ("MY", "Bawang merah"),
        ("VN", "Trà đen"),
        ("TH", "ข้าวแดง"),
        ("JP", "赤ワイン"),
    ],
)
def test_a_kind_of_food_named_after_a_colour_is_not_a_colour(region: str, title: str) -> None:
    assert stated(title, COLOUR, region=region) is None


@pytest.mark.parametrize(
    ("region", "title"),
    [
        ("US", "Suede leather spray"),
        ("MX", "Cera muebles madera"),
        ("BR", "Lustra móveis madeira"),
        ("DE", "Pflegemittel Leder"),
        ("FR", "Vernis bois"),
        ("IT", "Detergente vetro"),
        ("ID", "Semir sepatu kulit"),
        ("MY", "Kilat perabot kayu"),
        ("VN", "Keo dán gỗ"),
        ("TH", "น้ำยาเช็ดกระจก"),
        ("JP", "ガラスクリーナー"),
    ],
)
def test_a_treated_substance_is_not_a_material(region: str, title: str) -> None:
    assert stated(title, MATERIAL, region=region) is None


@pytest.mark.parametrize("title", ["Wooden soap dish", "Glass perfume bottle", "Wood tea box"])
def test_a_container_of_a_care_product_is_made_of_the_substance(title: str) -> None:
    assert stated(title, MATERIAL) in ("Wood", "Glass")
