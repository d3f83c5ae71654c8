"""Compares a product before an edit with the edit, field by field. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from relisting.old_category import old_path

LONGEST_VALUE = 400
HIDDEN = frozenset({"category_version", "save_mode", "category_chains", "category_id", "brand", "brand_id"})
ATTRIBUTES = "product_attributes"


@dataclass(frozen=True, slots=True)
class ComparedField:
    name: str
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


def compared(before: Mapping[str, Any] | None, edit: Mapping[str, Any]) -> list[ComparedField]:
    """Returns the changed fields first. Fields that the edit does not send stay as they are, and are not listed."""
    was = before or {}
    path = old_path(was)
    old = " > ".join(name or number for number, name in path)
    rows = [ComparedField("category", f"{old} ({path[-1][0]})" if path else "", str(edit.get("category_id") or ""))]
    brand = was.get("brand") if isinstance(was.get("brand"), Mapping) else {}
    brand_name = str((brand or {}).get("name") or "")
    old_brand, new_brand = str((brand or {}).get("id") or ""), str(edit.get("brand_id") or "")
    label = f"{brand_name} ({old_brand})" if brand_name else old_brand
    rows.append(ComparedField("brand", label, label if old_brand == new_brand else new_brand))
    rows += _attributes(was.get(ATTRIBUTES), edit.get(ATTRIBUTES))
    for name, value in edit.items():
        if name in HIDDEN or name == ATTRIBUTES:
            continue
        rows.append(_field(name, was.get(name), value))
    filled = [row for row in rows if row.before or row.after]
    return sorted(filled, key=lambda row: not row.is_changed)


def _field(name: str, before: Any, after: Any) -> ComparedField:
    """An edit names images and SKUs by fewer fields than a product as read, so only the fields sent are compared."""
    return ComparedField(name.replace("_", " "), _shown(_like(before, after)), _shown(after))


def _like(value: Any, pattern: Any) -> Any:
    if isinstance(pattern, Mapping) and isinstance(value, Mapping):
        return {name: _like(value[name], each) for name, each in pattern.items() if name in value}
    if isinstance(pattern, list) and isinstance(value, list) and pattern:
        rest = [pattern[-1]] * max(0, len(value) - len(pattern))
        return [_like(each, like) for each, like in zip(value, [*pattern, *rest], strict=False)]
    return value


def _attributes(before: Any, after: Any) -> list[ComparedField]:
    old, new = _by_id(before), _by_id(after)
    rows = []
    for number in [*old, *(each for each in new if each not in old)]:
        name = str((old.get(number) or {}).get("name") or (new.get(number) or {}).get("name") or number)
        rows.append(ComparedField(f"attribute {name}", _values(old.get(number)), _values(new.get(number), old)))
    return rows


def _by_id(attributes: Any) -> dict[str, Mapping[str, Any]]:
    known = attributes if isinstance(attributes, list) else []
    return {str(each.get("id") or ""): each for each in known if isinstance(each, Mapping)}


def _values(attribute: Mapping[str, Any] | None, known: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """Names of the values. An edit may send only ids; their names are those of the product as read."""
    if attribute is None:
        return ""
    own = (known or {}).get(str(attribute.get("id") or "")) or {}
    names = {str(each.get("id")): each.get("name") for each in own.get("values") or () if isinstance(each, Mapping)}
    values = [each for each in attribute.get("values") or () if isinstance(each, Mapping)]
    labels = (each.get("name") or names.get(str(each.get("id"))) or each.get("id") for each in values)
    return ", ".join(str(each) for each in labels)


def _shown(value: Any) -> str:
    if value in (None, "", [], {}):
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]} … ({len(text):,} characters)"
