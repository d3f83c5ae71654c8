"""Previews what a mapping does to the products of a plan. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from relisting.mapping import CategoryMapping, Counted, RowHits, mapping_hits


@dataclass(frozen=True, slots=True)
class Uncovered:
    shop_id: str
    category: str
    """The seller's own path if the feed has it, else the old category's id."""
    products: int
    undecided: int
    """How many of them have no leaf yet."""
    example: str
    """The title or id of one product."""


@dataclass(frozen=True, slots=True)
class Effect:
    hits: tuple[RowHits, ...]
    uncovered: tuple[Uncovered, ...]
    """Most undecided products first."""
    decided_now: int
    """Products without a leaf so far that a row decides."""
    moved_elsewhere: int
    """Products that a row maps to a different leaf than the plan."""
    unchanged: int
    """Products whose row names the plan's leaf."""
    not_compared: int
    """Products whose row names a leaf by its path, which only the tree can compare with the plan."""
    overruled: int
    """Products whose feeder gave a leaf, which takes precedence over the mapping."""


@dataclass(slots=True)
class _Group:
    products: int = 0
    undecided: int = 0
    example: str = ""
    ids: Counter[str] = field(default_factory=Counter)


def effect_of(mapping: CategoryMapping, entries: Iterable[Mapping[str, Any]]) -> Effect:
    """`entries` are the products of a plan (record/plans.py)."""
    groups: dict[tuple[str, str, str], _Group] = {}
    decided_now = moved = unchanged = not_compared = overruled = 0
    for entry in entries:
        shop, old = str(entry["shop_id"]), str(entry.get("old_category") or "")
        origin, leaf = str(entry.get("origin_category") or ""), str(entry.get("category_id") or "")
        group = groups.setdefault((shop, old, origin), _Group())
        group.products += 1
        group.undecided += not leaf
        group.example = group.example or str(entry.get("title") or entry.get("product_id") or "")
        row = mapping.find(shop, old, origin)
        if row is None:
            continue
        if entry.get("rule") == "feeder":
            overruled += 1
        elif not leaf:
            decided_now += 1
        elif not row.leaf_id.isdigit():
            not_compared += 1
        elif leaf == row.leaf_id:
            unchanged += 1
        else:
            moved += 1
    counted = [Counted(shop, old, group.products, origin) for (shop, old, origin), group in groups.items()]
    hits, unmapped = mapping_hits(mapping, counted)
    uncovered = [
        Uncovered(each.shop_id, each.origin_path or each.category_id, each.products, group.undecided, group.example)
        for each in unmapped
        for group in (groups[each.shop_id, each.category_id, each.origin_path],)
    ]
    uncovered.sort(key=lambda each: (-each.undecided, -each.products, each.shop_id, each.category))
    return Effect(tuple(hits), tuple(uncovered), decided_now, moved, unchanged, not_compared, overruled)
