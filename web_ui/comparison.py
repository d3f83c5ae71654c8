"""Compares a product before an edit with the edit, field by field. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from relisting.changes import names_of_added, value_names
from relisting.old_category import old_path
from web_ui.field_text import field_text

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


def compared(
    before: Mapping[str, Any] | None, edit: Mapping[str, Any], *, path: str = "", changes: Sequence[str] = ()
) -> list[ComparedField]:
    """Returns the changed fields first. Fields that the edit does not send stay as they are, and are not listed.

    `path`: the names of the new category; `changes`: the lines recorded with the edit, which name its attributes.
    """
    was = before or {}
    levels, leaf = old_path(was), str(edit.get("category_id") or "")
    old = " > ".join(name or number for number, name in levels)
    new = f"{path} ({leaf})" if path and leaf else leaf
    rows = [ComparedField("category", f"{old} ({levels[-1][0]})" if levels else "", new)]
    brand = was.get("brand") if isinstance(was.get("brand"), Mapping) else {}
    brand_name = str((brand or {}).get("name") or "")
    old_brand, new_brand = str((brand or {}).get("id") or ""), str(edit.get("brand_id") or "")
    label = f"{brand_name} ({old_brand})" if brand_name else old_brand
    rows.append(ComparedField("brand", label, label if old_brand == new_brand else new_brand))
    rows += _attributes(was.get(ATTRIBUTES), edit.get(ATTRIBUTES), changes)
    for name, value in edit.items():
        if name in HIDDEN or name == ATTRIBUTES:
            continue
        rows.append(_field(name, was.get(name), value))
    filled = [row for row in rows if row.before or row.after]
    return sorted(filled, key=lambda row: not row.is_changed)


def _field(name: str, before: Any, after: Any) -> ComparedField:
    """An edit names images and SKUs by fewer fields than a product as read, so only the fields sent are compared."""
    return ComparedField(name.replace("_", " "), field_text(_like(before, after)), field_text(after))


def _like(value: Any, pattern: Any) -> Any:
    if isinstance(pattern, Mapping) and isinstance(value, Mapping):
        return {name: _like(value[name], each) for name, each in pattern.items() if name in value}
    if isinstance(pattern, list) and isinstance(value, list) and pattern:
        rest = [pattern[-1]] * max(0, len(value) - len(pattern))
        return [_like(each, like) for each, like in zip(value, [*pattern, *rest], strict=False)]
    return value


def _attributes(before: Any, after: Any, changes: Sequence[str]) -> list[ComparedField]:
    """An attribute with another ID in the new category is compared with the one that has its name or its values."""
    old, new = _by_id(before), _by_id(after)
    left = {number: each for number, each in old.items() if number not in new}
    rows = [_row("", old[number], new[number]) for number in old if number in new]
    added = [each for number, each in new.items() if number not in old]
    for name, each in zip(names_of_added(changes, added), added, strict=True):
        counterpart = _counterpart(left, name, value_names(each))
        rows.append(_row(name, left.pop(counterpart) if counterpart else None, each))
    return rows + [_row("", each, None) for each in left.values()]


def _counterpart(left: Mapping[str, Mapping[str, Any]], name: str, values: str) -> str:
    named = [number for number, each in left.items() if name and each.get("name") == name]
    alike = [number for number, each in left.items() if value_names(each) == values]
    return next(iter(named + alike), "")


def _row(name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> ComparedField:
    label = name or (old or {}).get("name") or (new or {}).get("name") or (old or new or {}).get("id")
    return ComparedField(f"attribute {label}", _values(old), _values(new, old))


def _by_id(attributes: Any) -> dict[str, Mapping[str, Any]]:
    known = attributes if isinstance(attributes, list) else []
    return {str(each.get("id") or ""): each for each in known if isinstance(each, Mapping)}


def _values(attribute: Mapping[str, Any] | None, known: Mapping[str, Any] | None = None) -> str:
    """Names of the values. An edit may send only ids; their names are those of the `known` attribute."""
    if attribute is None:
        return ""
    own = (known or {}).get("values") or ()
    names = {str(each.get("id")): each.get("name") for each in own if isinstance(each, Mapping)}
    values = [each for each in attribute.get("values") or () if isinstance(each, Mapping)]
    labels = (each.get("name") or names.get(str(each.get("id"))) or each.get("id") for each in values)
    return ", ".join(str(each) for each in labels)
