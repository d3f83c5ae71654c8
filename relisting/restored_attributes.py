"""Merges three versions of a product's attributes: before an edit, as sent by it, and current. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from relisting.attribute_values import joined_repeats
from relisting.names import normalised

Attribute = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RestoredAttributes:
    attributes: tuple[Attribute, ...]
    restored: tuple[str, ...]
    """Names of restored attributes."""
    kept: tuple[str, ...]
    """Names of attributes changed by the edit and changed again since."""


def restored_attributes(
    before: Sequence[Attribute], sent: Sequence[Attribute], now: Sequence[Attribute]
) -> RestoredAttributes:
    """`before` and `now` have the form of Get Product, `sent` that of Edit.

    A move to another leaf replaces an attribute by its counterpart there, which has another id. If the counterpart has
    since been changed or removed, the old attribute is not restored.
    """
    old, ours, current = _by_id(before), _by_id(sent), _by_id(now)
    counterparts = _counterparts(old, ours, current)
    attributes: list[Attribute] = []
    restored: list[str] = []
    kept: list[str] = []
    blocked = {old_id for old_id, new_id in counterparts.items() if new_id not in current}
    for each_id, each in current.items():
        made, earlier = ours.get(each_id), old.get(each_id)
        if made is None or (earlier is not None and same_values(earlier, made)):
            attributes.append(each)
        elif not same_values(each, made):
            attributes.append(each)
            kept.append(_label(each))
            blocked |= {old_id for old_id, new_id in counterparts.items() if new_id == each_id}
        else:
            restored.append(_label(each))
            if earlier is not None:
                attributes.append(earlier)
    for each_id, each in old.items():
        if each_id in current:
            continue
        if each_id in blocked or (each_id in ours and not same_values(each, ours[each_id])):
            kept.append(_label(each))
        elif each_id not in ours:
            attributes.append(each)
            restored.append(_label(each))
    # Restoring an attribute under another id with the same values is not a visible change.
    shown, wanted = _by_label(current.values()), _by_label(attributes)
    seen = [name for name in restored if not _same(shown.get(normalised(name)), wanted.get(normalised(name)))]
    return RestoredAttributes(tuple(attributes), tuple(dict.fromkeys(seen)), tuple(dict.fromkeys(kept)))


def with_lost_attributes(
    before: Sequence[Attribute], now: Sequence[Attribute]
) -> tuple[tuple[Attribute, ...], tuple[str, ...]]:
    """`now` with the attributes and values of `before` that it lacks, and their names. Other values stay."""
    old, current = _by_id(before), _by_id(now)
    lost = {each_id: each for each_id, each in old.items() if _has_lost(each, current.get(each_id))}
    kept = [lost.get(each_id, each) for each_id, each in current.items()]
    added = [each for each_id, each in lost.items() if each_id not in current]
    return (*kept, *added), tuple(_label(each) for each in lost.values())


def _has_lost(before: Attribute, now: Attribute | None) -> bool:
    """Whether `now` is a proper part of the attribute."""
    was = list(map(_marks, before.get("values") or ()))
    left = list(map(_marks, now.get("values") or ())) if now else []
    return len(left) < len(was) and all(any(each & value for value in was) for each in left)


def _by_label(attributes: Iterable[Attribute]) -> dict[str, Attribute]:
    return {normalised(_label(each)): each for each in attributes}


def _same(one: Attribute | None, other: Attribute | None) -> bool:
    return one is not None and other is not None and same_values(one, other)


def same_values(one: Attribute, other: Attribute) -> bool:
    """Whether both have the same values. A custom value has an id when read, but may have none when sent."""
    left, right = list(map(_marks, one.get("values") or ())), list(map(_marks, other.get("values") or ()))
    return len(left) == len(right) and all(any(each & found for found in right) for each in left)


def _by_id(attributes: Sequence[Attribute]) -> dict[str, Attribute]:
    ids = {str(each.get("id")) for each in attributes}
    return {str(each.get("id")): each for each in joined_repeats(attributes, ids)}


def _counterparts(
    old: Mapping[str, Attribute], ours: Mapping[str, Attribute], current: Mapping[str, Attribute]
) -> dict[str, str]:
    """Id before the edit -> id in the edit, for attributes with the same name or else the same values."""
    added = {each_id: each for each_id, each in ours.items() if each_id not in old}
    found: dict[str, str] = {}
    for old_id, each in old.items():
        if old_id in ours:
            continue
        by_name = (
            new for new in added if new in current and normalised(_label(current[new])) == normalised(_label(each))
        )
        by_value = (new for new, made in added.items() if made.get("values") and same_values(each, made))
        if new_id := next(by_name, None) or next(by_value, None):
            found[old_id] = new_id
    return found


def _marks(value: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """The ids and names that identify a value."""
    marks = {(key, str(value[key])) for key in ("id",) if value.get(key)}
    if value.get("name"):
        marks.add(("name", normalised(str(value["name"]))))
    return frozenset(marks or {("value", repr(sorted(value.items())))})


def _label(attribute: Attribute) -> str:
    return str(attribute.get("name") or attribute.get("id"))
