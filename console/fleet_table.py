"""The fleet as numbers and as a table, for `relist status` and the demo."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.table import Table

from console.formatting import pluralize
from console.stalled_shops import stall_reason, state_label
from console.tables import plain_table
from model.product_state import STATES
from monitoring.fleet import Fleet, ShopStats, read_fleet
from redis_client.connect import AnyRedis

COLUMNS = ("known", *STATES)
ALWAYS_SHOWN = frozenset({"known", "queued", "in_audit", "relisted", "needs_input"})
EVENTS = ("edited", "planned")
MERGED_FIRST = ("gone", "failed", "already_v2", "rejected", "running", "waiting", "in_audit")
"""States that a narrow terminal merges into `other`, in this order."""
GAP, EDGES = 2, 3
"""Spaces between columns, and at both ends of a line."""
NUMBERS = (*COLUMNS, "left", "jobs", *EVENTS)


async def fleet_state(redis: AnyRedis, lease_seconds: float = 30.0) -> dict[str, Any]:
    """Read the fleet and return it as `relist status --json` prints it. Raises RedisError."""
    return status_report(await read_fleet(redis, lease_seconds))


def status_report(fleet: Fleet) -> dict[str, Any]:
    """Return the fleet's numbers. Pure.

    The ten states of products add up to `known`. `left` counts products still on v1, `jobs` the jobs that wait or run,
    audits and searches included. `edited` (accepted edits) and `planned` (dry runs) count events since the shop was
    added. `outage` is why workers get no response from the platform, or None. `problems` are those of workers,
    `refused_starts` workers that did not start within the last hour.
    """
    rows = [_row(stats) for stats in fleet.shops]
    return {
        "workers": [{"worker": worker.name, "shops": worker.shops} for worker in fleet.workers],
        "problems": [{**asdict(each), "workers": list(each.workers)} for each in fleet.problems],
        "refused_starts": [asdict(each) for each in fleet.refused],
        "versions": list(fleet.versions),
        "outage": None if fleet.outage is None else {**asdict(fleet.outage), "workers": list(fleet.outage.workers)},
        "shops_leased": fleet.leases.leased,
        "left": fleet.left,
        "to_process": sum(row["queued"] + row["running"] for row in rows) + fleet.unseen,
        "total": {name: sum(row[name] for row in rows) for name in NUMBERS},
        "shops": rows,
    }


def _row(stats: ShopStats) -> dict[str, Any]:
    return {
        "shop_id": stats.shop_id,
        "state": stats.state,
        "reason": stats.reason,
        "ends_seconds": stats.resumes_in_seconds,
        "known": stats.products.known,
        **stats.products.fields,
        "left": stats.lane.left,
        "jobs": stats.queued,
        "edited": stats.lane.outcomes.get("in_audit", 0),
        "planned": stats.lane.outcomes.get("planned", 0),
    }


def fleet_table(state: dict[str, Any], limit: int = 20, *, reasons: bool = False, width: int | None = None) -> Table:
    """Return a table with stalled shops first, then those with the most work. States without a product have no
    column.

    `reasons` adds to each row why the shop is stalled; `stall_summary` prints each reason once instead. If the table
    would be wider than `width`, the states of MERGED_FIRST share a column, so that no number is cut off.
    """
    title = ", ".join(
        (
            pluralize(len(state["shops"]), "shop"),
            pluralize(len(state["workers"]), "worker"),
            f"{pluralize(state['shops_leased'], 'shop')} being processed",
        )
    )
    stalled = [shop for shop in state["shops"] if shop["state"] != "active"]
    table = plain_table(title=title)
    shop_width = max((len(shop["shop_id"]) for shop in state["shops"]), default=4)
    state_width = max(map(len, map(state_label, stalled)), default=-GAP) + GAP
    shown, merged = _columns(state["total"], None if width is None else width - EDGES - shop_width - state_width)
    table.add_column("shop", no_wrap=True, min_width=shop_width)
    numbers = _numbers(state["total"], shown, merged)
    for name, number in zip((*shown, *(["other"] if merged else [])), numbers, strict=True):
        table.add_column(name.replace("_", " "), justify="right", width=max(_heading_width(name), len(number)))
    if stalled:
        table.add_column("stalled" if reasons else "state", no_wrap=not reasons)
    stalled_cell = [f"{len(stalled):,} of {len(state['shops']):,}"] if stalled else []
    table.add_row("all", *numbers, *stalled_cell, style="bold", end_section=True)
    # Always show some active shops, however many are stalled.
    active = sorted((shop for shop in state["shops"] if shop["state"] == "active"), key=lambda shop: -shop["jobs"])
    first = max(1, limit // 3, limit - len(active))
    ordered = [*stalled[:first], *active, *stalled[first:]]
    for shop in ordered[:limit]:
        why = [stall_reason(shop) if reasons else state_label(shop)] if stalled else []
        table.add_row(shop["shop_id"], *_numbers(shop, shown, merged), *why)
    if len(ordered) > limit:
        table.add_row(f"and {len(ordered) - limit:,} more", *("" for _ in table.columns[1:]), style="dim")
    return table


def _columns(total: dict[str, Any], width: int | None) -> tuple[list[str], list[str]]:
    """Return the columns that fit, and the states that share the column `other`."""
    shown = [name for name in COLUMNS if name in ALWAYS_SHOWN or total[name]]
    merged: list[str] = []
    for name in MERGED_FIRST:
        needed = sum(GAP + max(_heading_width(each), len(f"{total[each]:,}")) for each in shown)
        other = GAP + max(len("other"), len(f"{sum(total[each] for each in merged):,}")) if merged else 0
        if width is None or needed + other <= width:
            break
        if name in shown:
            shown.remove(name)
            merged.append(name)
    return shown, merged


def _heading_width(name: str) -> int:
    return max(map(len, name.split("_")))


def _numbers(row: dict[str, Any], shown: list[str], merged: list[str]) -> list[str]:
    return [f"{row[name]:,}" for name in shown] + ([f"{sum(row[name] for name in merged):,}"] if merged else [])


def processed(state: dict[str, Any]) -> int:
    """Return how many products are no longer queued or running, and how many dry runs have ended."""
    total = state["total"]
    return int(total["known"] - total["queued"] - total["running"] + total["planned"])
