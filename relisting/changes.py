"""Describes an edit for people: one line per change. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from relisting.attribute_values import joined_repeats
from relisting.names import normalised
from relisting.old_category import old_category

Attributes = Sequence[Mapping[str, Any]]
NO_NAMES: Mapping[str, str] = {}
ATTRIBUTE_LINE = re.compile(r"attribute (?P<name>.+?): (?:.+ → (?P<after>.+)|(?P<carried>.+), carried)")


def changes(
    product: Mapping[str, Any],
    body: Mapping[str, Any],
    category_path: str,
    attribute_names: Mapping[str, str] = NO_NAMES,
) -> tuple[str, ...]:
    """Returns one line per change; everything else stays unchanged.

    `category_path` is the new leaf's path of names, and `attribute_names` the names of its attributes by id. Both are
    empty if only IDs are known, as in the record.
    """
    old_id, old_name = old_category(product)
    new_id = body["category_id"]
    new = f"{category_path} ({new_id})" if category_path else new_id
    read, sent = product.get("product_attributes") or (), body.get("product_attributes") or ()
    return (
        f"category: {old_name or old_id} ({old_id}) → {new}",
        *_attribute_changes(read, sent, attribute_names),
        *_brand_change(product, body),
    )


def names_of_added(lines: Sequence[str], added: Attributes) -> list[str]:
    """The names that the lines of `changes` give to the attributes with new IDs, in their order; empty if unknown."""
    matches = [match for line in lines if (match := ATTRIBUTE_LINE.fullmatch(line))]
    names, place = [], 0
    for attribute in added:
        values, rest = value_names(attribute), range(place, len(matches))
        found = next((at for at in rest if (matches[at]["after"] or matches[at]["carried"]) == values), None)
        names.append(matches[found]["name"] if found is not None else "")
        place = found + 1 if found is not None else place
    return names


def value_names(attribute: Mapping[str, Any]) -> str:
    """The values of an attribute as `changes` writes them."""
    # The first test is for speed: it costs a tenth of the second one.
    return ", ".join(
        sorted(
            _label(each) for each in attribute.get("values") or () if type(each) is dict or isinstance(each, Mapping)
        )
    )


def _attribute_changes(read: Attributes, sent: Attributes, names: Mapping[str, str]) -> Iterator[str]:
    """An attribute with a different ID in the new leaf is recognised by its name, or by its values."""
    ids = {str(each.get("id")) for each in read}
    removed: dict[str, Mapping[str, Any]] = {str(each.get("id")): each for each in joined_repeats(read, ids)}
    added = []
    for attribute in sent:
        old = removed.pop(str(attribute["id"]), None)
        if old is None:
            added.append(attribute)
        elif (before := value_names(old)) != (after := value_names(attribute)):
            yield f"attribute {_label(old)}: {before or 'none'} → {after}"
    for attribute in added:
        name, after = names.get(str(attribute["id"]), ""), value_names(attribute)
        old = _counterpart(removed, name, after)
        if old is None:
            yield f"attribute {name or attribute['id']}: none → {after}"
        elif normalised(before := value_names(removed.pop(str(old.get("id"))))) == normalised(after):
            yield f"attribute {name or _label(old)}: {after}, carried"
        else:
            yield f"attribute {name or _label(old)}: {before} → {after}"
    for each in removed.values():
        yield f"attribute {_label(each)}: {value_names(each)} → none"


def _counterpart(removed: Mapping[str, Mapping[str, Any]], name: str, values: str) -> Mapping[str, Any] | None:
    """The removed attribute with this name; if none has it, the one with these values."""
    for each in removed.values():
        if name and normalised(_label(each)) == normalised(name):
            return each
    return next((each for each in removed.values() if normalised(value_names(each)) == normalised(values)), None)


def _brand_change(product: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[str]:
    old, new = str((product.get("brand") or {}).get("id") or ""), body.get("brand_id") or ""
    if old != new:
        yield f"brand: {old or 'none'} → {new or 'none'}"


def _label(thing: Mapping[str, Any]) -> str:
    return str(thing.get("name") or thing.get("id"))
