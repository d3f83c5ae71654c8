"""Small catalogues and products for tests of the pure steps."""

from __future__ import annotations

from typing import Any

from relisting.tree import CategoryTree
from tiktok_shop.catalogue import Attribute, AttributeValue, Category

TREE = CategoryTree(
    [
        Category("1", "0", "Home", False),
        Category("5", "1", "Jars", True),
        Category("6", "1", "Bowls", False),
        Category("61", "6", "Wooden bowls", True),
        Category("62", "6", "Glass bowls", True),
        Category("7", "1", "Club goods", True, ("INVITE_ONLY",)),
        Category("8", "0", "Garden", False),
        Category("81", "8", "Pots", False),
        Category("811", "81", "Flower pots", True),
        Category("82", "8", "Jars", True),
        Category("9", "1", "Forbidden", True, ("PROHIBITED",)),
        Category("10", "1", "Side line", True, ("NON_MAIN_CATEGORY", "INVITE_ONLY")),
    ]
)


def under(*path: tuple[str, str], title: str = "", recommended: tuple[str, ...] = ()) -> dict[str, Any]:
    """A product of the category with this path: IDs and names from the root down."""
    parents = ["0", *(identity for identity, _ in path)]
    chain = [
        {"id": identity, "parent_id": parent, "local_name": name, "is_leaf": identity == path[-1][0]}
        for (identity, name), parent in zip(path, parents, strict=False)
    ]
    return {
        "title": title,
        "category_chains": chain,
        "recommended_categories": [{"id": each} for each in recommended],
    }


def attribute(number: int, name: str, *values: str, **fields: Any) -> Attribute:
    """An attribute whose values have the IDs `<number>1`, `<number>2` and so on."""
    flags: dict[str, Any] = {"is_required": False, "is_customizable": False, "is_multiple_selection": False}
    listed = tuple(AttributeValue(f"{number}{place}", value) for place, value in enumerate(values, 1))
    return Attribute(str(number), name, fields.pop("type", "PRODUCT_PROPERTY"), **{**flags, "values": listed, **fields})


def having(*given: tuple[str, str, list[dict[str, Any]]], title: str = "") -> dict[str, Any]:
    """A product with these attributes, each given as ID, name and values."""
    attributes = [{"id": identity, "name": name, "values": values} for identity, name, values in given]
    return {"title": title, "product_attributes": attributes}
