"""The names by which people find a product: its title and its SKUs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from record.codec import clean

LONGEST_TITLE, LONGEST_WORDS = 300, 4_000


@dataclass(frozen=True, slots=True)
class ProductName:
    title: str
    skus: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The searchable text, in lower case."""
        return clean("\n".join((self.title, *self.skus)).casefold(), LONGEST_WORDS)


def name_of(product: Mapping[str, Any]) -> ProductName:
    """The title and the SKUs of a product as read. Pure."""
    skus = product.get("skus") or ()
    names = {str(each.get("seller_sku") or "").strip(): None for each in skus if isinstance(each, dict)}
    names.pop("", None)
    return ProductName(clean(str(product.get("title") or ""), LONGEST_TITLE), tuple(names))
