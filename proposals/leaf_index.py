"""The enumerated attributes of one leaf, each with the words of its values. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from proposals.attribute_index import AttributeIndex, attribute_index
from proposals.labels import label_of
from tiktok_shop.catalogue import Attribute

MAX_VALUES = 2_000
"""Maximum number of indexed values of an attribute; longer lists, such as brands, are truncated."""


@dataclass(slots=True)
class IndexedAttribute:
    attribute: Attribute
    label: frozenset[str]
    languages: tuple[str, ...]
    _words: AttributeIndex | None = None

    @property
    def words(self) -> AttributeIndex:
        """Built on first use, since most attributes of a leaf are never needed."""
        if self._words is None:
            names = tuple(value.name for value in self.attribute.values[:MAX_VALUES])
            self._words = attribute_index(self.attribute.name, names, self.languages)
        return self._words


@dataclass(slots=True)
class LeafIndex:
    languages: tuple[str, ...]
    attributes: list[IndexedAttribute] = field(default_factory=list)
    label_stems: frozenset[str] = frozenset()
    """The stems of all labels."""


def leaf_index(attributes: Iterable[Attribute], languages: tuple[str, ...] = ()) -> LeafIndex:
    """Indexes the enumerated product attributes among `attributes`; `languages` are those of the market."""
    indexed = [
        IndexedAttribute(each, label_of(each.name, languages), languages)
        for each in attributes
        if each.type == "PRODUCT_PROPERTY" and each.values
    ]
    return LeafIndex(languages, indexed, frozenset().union(*(each.label for each in indexed)))
