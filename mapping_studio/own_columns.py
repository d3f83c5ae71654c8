"""Recognises the columns of a list of categories, or of a product export, by their headers. Pure.

The names are those of this project, of the exports of common shop systems and marketplaces (Shopify, WooCommerce,
Magento, PrestaShop, Google Merchant Center, Amazon's browse trees), and of tables that sellers keep themselves, in the
languages of the markets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(";"))


LISTED = _names(
    "category;path;from;own category;category path;category_path;full_name;full name;node path;"
    "product_type;product type;kategorie;kategoriepfad;categoría;categoria;ruta de categoría;"
    "caminho da categoria;catégorie;chemin de catégorie;percorso categoria;kategori;jalur kategori;"
    "laluan kategori;danh mục;หมวดหมู่;カテゴリ;カテゴリー;category name;category_name"
)
"""Columns of a list of categories, the most specific first."""
EXPORTED = _names(
    "product category;google product category;google_product_category;"
    "google shopping / google product category;categories;categories (x,y,z...);kategorien;categorías;"
    "categorias;catégories;categorie;type;item_type_keyword"
)
"""Columns of a product export, in which many rows share a category and others have none."""
SEVERAL = frozenset(
    {"categories", "categories (x,y,z...)", "kategorien", "categorías", "categorias", "catégories", "categorie"}
)
"""Columns whose cells list categories, separated by commas."""
SUBCATEGORIES = _names(
    "subcategory;sub category;sub-category;sub_category;unterkategorie;subcategoría;subcategoria;"
    "sous-catégorie;sottocategoria;subkategori;sub kategori;danh mục con;หมวดหมู่ย่อย;サブカテゴリ;サブカテゴリー"
)
EXAMPLES = _names("examples;beispiele;ejemplos;exemplos;exemples;esempi;contoh;ví dụ;ตัวอย่าง;商品例")
"""Columns of several titles each."""
TITLES = EXAMPLES + _names(
    "title;product title;product name;product_name;item-name;item_name;titel;produktname;"
    "bezeichnung;título;titulo;titre;nom du produit;titolo;judul;nama produk;"
    "tên sản phẩm;ชื่อสินค้า;商品名;タイトル"
)
NAMES = _names("name;nombre;nome;nom;nama;tên")
"""Columns of titles in a product export; in a list of categories they name the category."""
LEVEL = re.compile(
    r"^(?:(?:category|kategorie|kategori|categor[ií]a|catégorie|danh mục|หมวดหมู่|カテゴリー?|product)[\s_-]*)?"
    r"(?:level|lvl|l|ebene|stufe|nivel|nível|niveau|livello|tingkat|peringkat|tahap|cấp|ระดับ|階層|レベル)?[\s_-]*(?P<level>[1-9])$"
)
"""The header of one level of a path: `Level 1`, `category_2`, `Ebene 3`."""


@dataclass(frozen=True, slots=True)
class OwnColumns:
    path: tuple[str, ...]
    """The path's column, or one column per level, from the root down."""
    titles: str = ""
    """The column of product titles; empty if there is none."""
    is_export: bool = False
    """Whether rows are products, so that a row without a category is ignored."""

    @property
    def has_several(self) -> bool:
        return self.path[0] in SEVERAL


def columns_of(names: Sequence[str]) -> OwnColumns | None:
    """The columns among the lower-case headers `names`; None if no header names a category."""
    titles = next((name for name in TITLES if name in names), "")
    levels = sorted((int(found["level"]), name) for name in names if (found := LEVEL.match(name)))
    if len(levels) > 1:
        return OwnColumns(tuple(name for _, name in levels), titles)
    if column := next((name for name in LISTED if name in names), ""):
        below = tuple(name for name in SUBCATEGORIES if name in names)[:1]
        return OwnColumns((column, *below), titles)
    if column := next((name for name in EXPORTED if name in names), ""):
        titles = titles or next((name for name in NAMES if name in names), "")
        return OwnColumns((column,), titles, is_export=True)
    return None
