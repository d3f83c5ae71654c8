"""Describes an edit for people: one line per change. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from relisting.old_category import old_category

Attributes = Sequence[Mapping[str, Any]]


def changes(product: Mapping[str, Any], body: Mapping[str, Any], category_path: str) -> tuple[str, ...]:
    """One line per change; anything not named stays as it is.

    `category_path` is the new leaf's path of names; empty where only ids are known, as in the record.
    """
    old_id, old_name = old_category(product)
    new_id = body["category_id"]
    new = f"{category_path} ({new_id})" if category_path else new_id
    return (
        f"category: {old_name or old_id} ({old_id}) → {new}",
        *_attribute_changes(product.get("product_attributes") or (), body.get("product_attributes") or ()),
        *_brand_change(product, body),
    )


def _attribute_changes(read: Attributes, sent: Attributes) -> Iterator[str]:
    """The product has names and ids, the edit ids only."""
    before = {_label(each): each for each in read}
    names = {str(each.get("id")): name for name, each in before.items()}
    sent_names = set()
    for attribute in sent:
        name = names.get(str(attribute["id"]))
        sent_names.add(name)
        old = _value_names(before[name]) if name else ""
        if old != (new := _value_names(attribute)):
            yield f"attribute {name or attribute['id']}: {old or 'none'} → {new}"
    for name, each in before.items():
        if name not in sent_names:
            yield f"attribute {name}: {_value_names(each)} → none"


def _brand_change(product: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[str]:
    old, new = str((product.get("brand") or {}).get("id") or ""), body.get("brand_id") or ""
    if old != new:
        yield f"brand: {old or 'none'} → {new or 'none'}"


def _value_names(attribute: Mapping[str, Any]) -> str:
    return ", ".join(sorted(map(_label, attribute.get("values") or ())))


def _label(thing: Mapping[str, Any]) -> str:
    return str(thing.get("name") or thing.get("id"))
