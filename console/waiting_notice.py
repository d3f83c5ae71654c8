"""Explains why a command that waits for workers makes no progress."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from console.formatting import pluralize
from console.obstacles import outage_text
from console.stalled_shops import group_stalled, list_ids

PATIENCE_SECONDS, WAIT_SECONDS = 600.0, 120.0


def long_stalled(fleet: dict[str, Any], shop_ids: Collection[str], waited: float) -> list[str]:
    """Return which of these shops will do nothing for the next ten minutes unless someone acts.

    Shops that are retried earlier count after two minutes. `waited`: seconds since a shop last made progress. Pure.
    """
    return [
        each["shop_id"]
        for each in fleet["shops"]
        if each["shop_id"] in shop_ids
        and each["state"] != "active"
        and (waited > WAIT_SECONDS or each["ends_seconds"] is None or each["ends_seconds"] > PATIENCE_SECONDS)
    ]


def reasons_to_wait(fleet: dict[str, Any], shop_ids: Collection[str], now: float) -> list[str]:
    """Return one line for each obstacle of these shops. Pure.

    `fleet`: what `relist status --json` prints. `now`: Unix seconds.
    """
    lines = [] if fleet["workers"] else ["no worker is alive; start one: relist worker"]
    if fleet["outage"] is not None:
        lines.append(f"the platform: {outage_text(fleet['outage'], len(fleet['workers']), now)}")
    for state, reason, group in group_stalled([each for each in fleet["shops"] if each["shop_id"] in shop_ids]):
        lines.append(f"{pluralize(len(group), 'shop')} {state}: {reason} ({list_ids(group)})")
    return lines
