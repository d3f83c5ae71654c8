"""Reports stalled shops: a label in the table, and below it each reason once, with its shops."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from console.formatting import format_duration, pluralize
from monitoring.park_reasons import shared_reason

MAX_NAMED = 5


def group_stalled(shops: Sequence[dict[str, Any]]) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Return (state, reason, shops) for each reason, those that concern the most shops first.

    Reasons of several shops that differ only in the request or the account are merged, without that detail.
    """
    stalled: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for shop in shops:
        if shop["state"] != "active":
            stalled[shop["state"], shared_reason(shop["reason"])].append(shop)
    return sorted(((*key, group) for key, group in stalled.items()), key=lambda each: -len(each[2]))


def list_ids(shops: Sequence[dict[str, Any]]) -> str:
    """Return the first shop IDs, separated by commas."""
    return ", ".join(shop["shop_id"] for shop in shops[:MAX_NAMED]) + (" ..." if len(shops) > MAX_NAMED else "")


def earliest_resume(shops: Sequence[dict[str, Any]]) -> float | None:
    """Return seconds until the service retries the first of these shops, or None if an operator must resume them."""
    ends = [shop["ends_seconds"] for shop in shops if shop["ends_seconds"] is not None]
    return min(ends) if ends else None


def state_label(shop: dict[str, Any]) -> str:
    """Return for example `paused` or `parked, 59 min`; empty for an active shop."""
    if shop["state"] == "active":
        return ""
    ends = shop["ends_seconds"]
    return str(shop["state"]) if ends is None else f"{shop['state']}, {format_duration(ends, roughly=True)}"


def stall_reason(shop: dict[str, Any]) -> str:
    """Return why a shop is stalled and for how long; empty for an active shop."""
    if shop["state"] == "active":
        return ""
    ends = shop["ends_seconds"]
    until = f" for {format_duration(ends)}" if ends is not None else ""
    return f"{shop['state']}{until}: {shop['reason']}"


def stall_summary(shops: Sequence[dict[str, Any]], limit: int = 8, lines: int = 0) -> Group:
    """Return the reasons to print below a table. `lines` truncates each to that many lines of 60 characters."""
    parts = []
    found = group_stalled(shops)
    for state, reason, group in found[:limit]:
        longest = lines * 60
        text = reason if not lines or len(reason) <= longest else reason[:longest].rstrip() + "..."
        head = f"{pluralize(len(group), 'shop')} {state}: "
        parts.append(Padding(Text.assemble((head, "yellow"), text, (f"  {list_ids(group)}", "dim")), (0, 0, 0, 1)))
    if len(found) > limit:
        parts.append(Padding(Text(f"and {pluralize(len(found) - limit, 'other reason')}", "dim"), (0, 0, 0, 1)))
    return Group(*parts)
