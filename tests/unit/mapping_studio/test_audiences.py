"""Categories for other persons, animals or vehicles are not suggested first, and never decided."""

from __future__ import annotations

import pytest

from mapping_studio.audiences import Audience, audience_of
from mapping_studio.path_index import PathIndex
from mapping_studio.suggestion import suggest
from relisting.tree import CategoryTree
from tiktok_shop.catalogue import Category

PATHS = (
    "Baby & Maternity/Baby Clothing/Jumpers",
    "Pet Supplies/Dog & Cat Clothing/Shirts",
    "Menswear/Men's Bottoms/Jeans",
    "Womenswear/Women's Bottoms/Jeans",
    "Womenswear/Women's Tops/Bodysuits",
    "Womenswear/Women's Tops/Shirts & Blouses",
    "Womenswear/Women's Tops/Knitwear",
    "Kids' Fashion/Girls' Clothes/Bottoms & Jeans",
    "Baby & Maternity/Baby Clothing/Bodysuits & One-pieces",
    "Home Improvement/Lighting/Outdoor Lighting",
    "Automotive/Car Lights/Headlights & Lighting",
    "Luggage & Bags/Men's Bags/Clutches",
)


def index() -> PathIndex:
    nodes = {}
    for path in PATHS:
        steps = path.split("/")
        for size in range(1, len(steps) + 1):
            key = "/".join(steps[:size])
            parent = "/".join(steps[: size - 1]) or "0"
            nodes[key] = Category(key, parent, steps[size - 1], size == len(steps))
    return PathIndex(CategoryTree(nodes.values()))


@pytest.mark.parametrize(
    ("path", "leaf"),
    [
        ("Clothing/Kids' Clothing/Girls Wear/Jeans", "Kids' Fashion/Girls' Clothes/Bottoms & Jeans"),
        ("Clothing/Women's Clothing/Shirts", "Womenswear/Women's Tops/Shirts & Blouses"),
        ("Baby Care/Infant Wear/Baby Boys' Clothes/Bodysuits", "Baby & Maternity/Baby Clothing/Bodysuits & One-pieces"),
        ("Automotive/Car & Bike Lighting/Lighting", "Automotive/Car Lights/Headlights & Lighting"),
    ],
)
def test_the_leaf_for_the_same_audience_is_first(path: str, leaf: str) -> None:
    assert suggest(index(), path.split("/")).leaves[0].category_id == leaf


def test_a_leaf_for_an_audience_that_the_path_does_not_state_is_not_decided() -> None:
    found = suggest(index(), ["Luggage & Bags", "Bags", "Clutches"])
    assert found.leaves[0].category_id == "Luggage & Bags/Men's Bags/Clutches"
    assert not found.decided


@pytest.mark.parametrize(
    ("path", "persons", "special"),
    [
        (("Kids", "Girls", "Tops"), {"girls"}, set()),
        (("Bekleidung", "Damenschuhe"), {"women"}, set()),
        (("ファッション", "レディース"), {"women"}, set()),
        (("Mascotas", "Perros"), set(), {"pets"}),
        (("Garden", "Hand tools"), set(), set()),
    ],
)
def test_the_deepest_step_names_the_persons(path: tuple[str, ...], persons: set[str], special: set[str]) -> None:
    assert audience_of(path) == Audience(frozenset(persons), frozenset(special))
