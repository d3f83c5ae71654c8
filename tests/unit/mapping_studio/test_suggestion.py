"""Suggestions list the right leaf first, and decide only unambiguous paths."""

from __future__ import annotations

import pytest

from mapping_studio.path_index import PathIndex
from mapping_studio.suggestion import suggest
from relisting.tree import CategoryTree
from tiktok_shop.catalogue import Category


def tree_of(*paths: str, closed: frozenset[str] = frozenset()) -> CategoryTree:
    """A tree whose ids are the paths themselves; every path that has no path below it is a leaf."""
    nodes = {}
    for path in paths:
        steps = path.split(" > ")
        for size in range(1, len(steps) + 1):
            here, parent = " > ".join(steps[:size]), " > ".join(steps[: size - 1]) or "0"
            statuses = ("INVITE_ONLY",) if here in closed else ()
            nodes[here] = Category(here, parent, steps[size - 1], here in paths, statuses)
    return CategoryTree(nodes.values())


HOME = tree_of(
    "Home > Kitchen > Jars & Bottles",
    "Home > Kitchen > Cooking > Frying Pans",
    "Home > Kitchen > Cooking > Sauce Pans",
    "Home > Bathroom > Soap Dispensers",
    "Clothing > Women > Dresses",
    "Clothing > Girls > Dresses",
    "Clothing > Shoes > Boots",
    "Clothing > Shoes > Sandals",
    "Pets > Dogs > Boots",
)
INDEX = PathIndex(HOME)


def best(*steps: str, examples: tuple[str, ...] = ()) -> str:
    leaves = suggest(INDEX, steps, examples).leaves
    return leaves[0].category_id if leaves else ""


@pytest.mark.parametrize(
    ("path", "leaf"),
    [
        ("Home > Kitchen > Jars & Bottles", "Home > Kitchen > Jars & Bottles"),
        ("Kitchenware > Bottles and jars", "Home > Kitchen > Jars & Bottles"),
        ("Home > Cookware > Pans for frying", "Home > Kitchen > Cooking > Frying Pans"),
        ("Shop > Bath > Soap dispenser", "Home > Bathroom > Soap Dispensers"),
        ("Women's clothing > Dress", "Clothing > Women > Dresses"),
        ("Dog supplies > Boots", "Pets > Dogs > Boots"),
    ],
)
def test_the_leaf_with_the_paths_words_is_first(path: str, leaf: str) -> None:
    assert best(*path.split(" > ")) == leaf


def test_a_path_that_continues_below_a_leaf_gets_that_leaf_first_undecided() -> None:
    found = suggest(INDEX, ("Clothing", "Shoes", "Sandals", "Gladiators"))
    assert (found.leaves[0].category_id, found.decided) == ("Clothing > Shoes > Sandals", "")


def test_a_leaf_with_nearly_the_name_of_such_a_path_is_also_suggested() -> None:
    tree = tree_of("Toys > Vehicles", "Toys > Sets > Toy Cars")
    leaves = suggest(PathIndex(tree), ("Toys", "Vehicles", "Toy Cars & Trucks")).leaves
    assert {each.category_id for each in leaves[:2]} == {"Toys > Vehicles", "Toys > Sets > Toy Cars"}


def test_the_same_path_is_decided() -> None:
    assert suggest(INDEX, ("home", "KITCHEN", "Jars and bottles")).decided == "Home > Kitchen > Jars & Bottles"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("Clothing > Shoes", "contains 2 leaves"),
        ("Clothing > Dresses", "equally similar"),
        ("Boots", "equally similar"),
        ("Home > Kitchen > Woks", "contains 3 leaves"),
        ("Electronics > Phones", "no category of the tree contains a word"),
    ],
)
def test_a_path_with_several_right_leaves_or_none_is_not_decided(path: str, why: str) -> None:
    found = suggest(INDEX, path.split(" > "))
    assert not found.decided
    assert why in found.why


def test_a_leaf_that_is_closed_to_the_shop_is_shown_but_not_decided() -> None:
    path = "Health > Masks"
    found = suggest(PathIndex(tree_of(path, "Health > Gloves", closed=frozenset({path}))), path.split(" > "))
    assert found.leaves[0].category_id == path
    assert not found.decided
    assert "invited" in found.why


def test_example_products_lead_where_the_name_does_not() -> None:
    titles = ("Leather sandals for the beach, size 40", "Sandals with cork sole")
    assert best("Summer > New in", examples=titles) == "Clothing > Shoes > Sandals"


def test_example_products_that_name_another_leaf_prevent_a_decision() -> None:
    steps = ("Clothing", "Shoes", "Boots")
    assert suggest(INDEX, steps).decided
    found = suggest(INDEX, steps, ("Soap dispenser made of glass", "Soap dispenser, 400 ml"))
    assert not found.decided
    assert "Soap Dispensers" in found.why


@pytest.mark.parametrize(
    ("leaves", "path", "leaf"),
    [
        (("Haus > Küche > Pfannen", "Mode > Damenschuhe"), "Schuhe für Damen", "Mode > Damenschuhe"),
        (("Moda > Vestidos", "Casa > Panelas"), "Moda feminina > Vestido", "Moda > Vestidos"),
        (("ファッション > レディース靴", "家庭 > フライパン"), "レディース > 靴", "ファッション > レディース靴"),
        (("แฟชั่น > รองเท้าแตะ", "บ้าน > กระทะ"), "รองเท้า > รองเท้าแตะผู้หญิง", "แฟชั่น > รองเท้าแตะ"),
        (("Thời trang > Giày dép", "Nhà bếp > Chảo"), "Giày dép nữ", "Thời trang > Giày dép"),
        (("Rumah > Peralatan dapur", "Mode > Sepatu"), "Dapur > Peralatan masak", "Rumah > Peralatan dapur"),
    ],
)
def test_paths_in_other_languages_and_scripts_are_compared(leaves: tuple[str, ...], path: str, leaf: str) -> None:
    assert suggest(PathIndex(tree_of(*leaves)), path.split(" > ")).leaves[0].category_id == leaf


def test_a_name_that_a_category_above_has_too_is_not_decided() -> None:
    garden = PathIndex(
        tree_of(
            "Garden > Plants > Seeds & Bulbs > Seeds",
            "Garden > Plants > Seeds & Bulbs > Flower Bulbs",
            "Garden > Plants > Indoor > Trees",
            "Garden > Tools > Rakes",
        )
    )
    found = suggest(garden, ("Garden", "Plants", "Seeds"))
    assert found.leaves[0].category_id == "Garden > Plants > Seeds & Bulbs > Seeds"
    assert (found.decided, found.why) == ("", "Garden > Plants > Seeds & Bulbs has this name too")
    assert suggest(garden, ("Garden", "Plants", "Seeds & Bulbs", "Seeds")).decided


@pytest.mark.parametrize(
    ("path", "shoes", "toys"),
    [
        (("Moda", "Sapatos femininos", "Botas"), ("Fashion", "Women's Shoes", "Boots"), ("Toys", "Puzzles", "Dolls")),
        (("Shoes", "Kids' Footwear"), ("Schuhe", "Kinderschuhe"), ("Spielzeug", "Puppen")),
        (("Shoes", "Women", "Sandals"), ("靴", "レディース", "サンダル"), ("おもちゃ", "人形")),
        (("Spielzeug", "Puzzles"), ("ของเล่น", "จิ๊กซอว์"), ("รองเท้า", "ผู้หญิง", "รองเท้าแตะ")),
        (("Kitchen", "Pots & Pans", "Frying pans"), ("Dapur", "Peralatan masak", "Wajan"), ("Mainan", "Boneka")),
        (("Giày dép", "Giày nữ", "Dép"), ("Chaussures", "Femme", "Sandales"), ("Jouets", "Poupées")),
    ],
)
def test_a_path_in_another_language_than_the_tree_is_translated_and_never_decided(
    path: tuple[str, ...], shoes: tuple[str, ...], toys: tuple[str, ...]
) -> None:
    found = suggest(PathIndex(tree_of(" > ".join(shoes), " > ".join(toys))), path)
    assert found.leaves[0].category_id == " > ".join(shoes)
    assert not found.decided
    assert "another language" in found.why


def test_examples_are_translated_with_their_path() -> None:
    index = PathIndex(tree_of("Esportes > Calçados > Botas", "Esportes > Calçados > Sandálias"))
    found = suggest(index, ("Sports", "Footwear"), ("Summer sandals for women", "Beach flip flops"))
    assert found.leaves[0].category_id == "Esportes > Calçados > Sandálias"


def test_a_path_in_the_trees_language_is_not_translated() -> None:
    found = suggest(INDEX, ("Acme Zorgon", "Frying Pans"))
    assert found.leaves[0].category_id == "Home > Kitchen > Cooking > Frying Pans"
    assert "another language" not in found.why


def test_english_synonyms_count_as_one_word() -> None:
    tree = tree_of(
        *("Baby & Maternity > Baby Furniture > Cots & Beds", "Baby & Maternity > Baby Toys > Sound Toys"),
        *("Furniture > Indoor Furniture > Sofas", "Clothing > Women > Dresses", "Pets > Dogs > Boots"),
    )
    index = PathIndex(tree)
    crib = suggest(index, ("Infants", "Nursery", "Cribs"))
    assert crib.leaves[0].category_id == "Baby & Maternity > Baby Furniture > Cots & Beds"
    assert not crib.decided
    assert suggest(index, ("Lounge", "Couches")).leaves[0].category_id == "Furniture > Indoor Furniture > Sofas"
