"""The texts of a product that are searched for values, each with its source and label. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from proposals.labels import label_of
from proposals.words import Text, stems_of, text_of

Source = Literal["title", "description", "sku", "attribute", "package"]
BLOCK_TAG = re.compile(r"<(?:br|/?p|/?li|/?div|/?tr|/?h\d)\b[^>]*>", re.IGNORECASE)
TAG = re.compile(r"<[^>]{0,500}>")
MAX_DESCRIPTION = 1_500
"""Characters of a description that are read; further ones cost more than they contribute."""
LEARNED_DESCRIPTION = 200
"""Characters of a description from which examples are learned, if the title is short."""
MAX_SKUS, MAX_ATTRIBUTES = 30, 40


@dataclass(frozen=True, slots=True)
class Passage:
    source: Source
    text: Text
    label: frozenset[str] = frozenset()
    """The owner of the value in the text, such as a sales attribute; empty for free text."""
    raw: str = ""


def passages_of(product: Mapping[str, Any], languages: tuple[str, ...] = ()) -> list[Passage]:
    """The product as Get Product returns it. The brand's name is left out, since it describes nothing."""
    brand = str((product.get("brand") or {}).get("name") or "").casefold()
    return [
        Passage(
            source,
            text_of(_without(text, brand), languages),
            label_of(label, languages) if label else frozenset(),
            text,
        )
        for source, label, text in _texts(product)
        if text.strip()
    ]


def free_texts(product: Mapping[str, Any], languages: tuple[str, ...] = ()) -> Iterator[Iterator[tuple[str, str]]]:
    """The words and stems of the title, and of the beginning of the description, which is read lazily."""
    brand = str((product.get("brand") or {}).get("name") or "").casefold()
    yield stems_of(_without(str(product.get("title") or ""), brand), languages)
    description = str(product.get("description") or "")[: 3 * LEARNED_DESCRIPTION]
    yield stems_of(_without(_plain(description)[:LEARNED_DESCRIPTION], brand), languages)


def _texts(product: Mapping[str, Any]) -> Iterator[tuple[Source, str, str]]:
    yield "title", "", str(product.get("title") or "")
    for each in _list(product.get("product_attributes"))[:MAX_ATTRIBUTES]:
        for value in _list(each.get("values")):
            yield "attribute", str(each.get("name") or ""), str(value.get("name") or "")
    seen: set[tuple[str, str]] = set()
    for sku in _list(product.get("skus"))[:MAX_SKUS]:
        for each in _list(sku.get("sales_attributes")):
            name = str(each.get("name") or each.get("attribute_name") or "")
            chosen = str(each.get("value_name") or "")
            if (name, chosen) not in seen:
                seen.add((name, chosen))
                yield "sku", name, chosen
    weight = product.get("package_weight")
    if isinstance(weight, Mapping) and weight.get("value"):
        unit = {"KILOGRAM": "kg", "GRAM": "g", "POUND": "lb"}.get(str(weight.get("unit")), "")
        yield "package", "package weight", f"{weight['value']} {unit}"
    yield "description", "", _plain(str(product.get("description") or ""))


def _plain(text: str) -> str:
    if "<" in text or "&" in text:
        text = html.unescape(TAG.sub(" ", BLOCK_TAG.sub("\n", text[: MAX_DESCRIPTION * 4])))
    return text[:MAX_DESCRIPTION]


def _without(text: str, brand: str) -> str:
    if len(brand) < 2 or brand not in text.casefold():
        return text
    return re.sub(rf"(?<!\w){re.escape(brand)}(?!\w)", " ", text, flags=re.IGNORECASE)


def _list(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list | tuple) else []
