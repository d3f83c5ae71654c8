"""Shops that stand still: a word in the table, and below it why, once for all shops with the same reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from console.formatting import format_duration, pluralize

MOST_NAMED = 5


def grouped(shops: Sequence[dict[str, Any]]) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """State, reason, and the shops that stand still for it; the reason of most shops first."""
    still: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for shop in shops:
        if shop["state"] != "active":
            still[shop["state"], shop["reason"]].append(shop)
    return sorted(((*key, those) for key, those in still.items()), key=lambda each: -len(each[2]))


def named(shops: Sequence[dict[str, Any]]) -> str:
    return ", ".join(shop["shop_id"] for shop in shops[:MOST_NAMED]) + (" ..." if len(shops) > MOST_NAMED else "")


def soonest(shops: Sequence[dict[str, Any]]) -> float | None:
    """Seconds until the first of them goes on, or is looked at again, by itself; None = when somebody says so."""
    ends = [shop["ends_seconds"] for shop in shops if shop["ends_seconds"] is not None]
    return min(ends) if ends else None


def state_word(shop: dict[str, Any]) -> str:
    """`paused`, `parked, 59 min`; empty for a shop that works."""
    if shop["state"] == "active":
        return ""
    ends = shop["ends_seconds"]
    return str(shop["state"]) if ends is None else f"{shop['state']}, {format_duration(ends, roughly=True)}"


def stall_reason(shop: dict[str, Any]) -> str:
    """Why a shop stands still and when it goes on; empty for one that works."""
    if shop["state"] == "active":
        return ""
    ends = shop["ends_seconds"]
    until = f" for {format_duration(ends)}" if ends is not None else ""
    return f"{shop['state']}{until}: {shop['reason']}"


def why_they_stand(shops: Sequence[dict[str, Any]], most: int = 8, lines: int = 0) -> Group:
    """Below a table; `lines` cuts each reason after so many of 60 letters, where there is little room."""
    parts = []
    found = grouped(shops)
    for state, reason, those in found[:most]:
        longest = lines * 60
        text = reason if not lines or len(reason) <= longest else reason[:longest].rstrip() + "..."
        head = f"{pluralize(len(those), 'shop')} {state}: "
        parts.append(Padding(Text.assemble((head, "yellow"), text, (f"  {named(those)}", "dim")), (0, 0, 0, 1)))
    if len(found) > most:
        parts.append(Padding(Text(f"and for {pluralize(len(found) - most, 'other reason')}", "dim"), (0, 0, 0, 1)))
    return Group(*parts)
