"""The fleet in numbers, as `relist status` and the demo show it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from rich.table import Table

from console.words import several
from shop_queue.connect import AnyRedis
from shop_queue.keys import HOLDERS, WORKERS
from shop_queue.measure import LaneMeasure, measure_lanes
from shop_queue.shops import ShopRegistry

ENDS = ("relisted", "already_v2", "needs_input", "rejected", "failed", "gone", "planned")
COLUMNS = ("queued", "in_audit", *ENDS)
ALWAYS = frozenset({"queued", "in_audit", "relisted", "needs_input"})
NUMBERS = (*COLUMNS, "edited")


async def fleet_state(redis: AnyRedis) -> dict[str, Any]:
    """`queued`: jobs that wait or run, audits too; `in_audit`: now; `edited` and the outcomes: ever."""
    shops = [shop.shop_id for shop in await ShopRegistry(redis).all()]
    lanes = dict(zip(shops, await measure_lanes(redis, shops), strict=True))
    holders = await redis.hgetall(HOLDERS)  # type: ignore[misc]
    working = Counter(holder.decode().rpartition("|")[0] for holder in holders.values())
    workers = [name.decode() for name in await redis.zrange(WORKERS, 0, -1)]
    rows = [_row(shop, lane) for shop, lane in lanes.items()]
    left = [lane.left for lane in lanes.values() if lane.left is not None]
    return {
        "workers": [{"worker": name, "shops": working[name]} for name in workers],
        "shops_leased": len(holders),
        "left": sum(left) if left else None,
        "total": {name: sum(row[name] for row in rows) for name in NUMBERS},
        "shops": rows,
    }


def _row(shop_id: str, lane: LaneMeasure) -> dict[str, Any]:
    return {
        "shop_id": shop_id,
        "state": lane.state,
        "reason": lane.reason if lane.state != "active" else "",
        "ends_seconds": lane.ends_seconds if lane.state == "parked" else None,
        "queued": lane.queued,
        "in_audit": lane.in_audit,
        "edited": lane.outcomes.get("in_audit", 0),
        **{name: lane.outcomes.get(name, 0) for name in ENDS},
    }


def fleet_table(state: dict[str, Any], most: int = 20) -> Table:
    """Shops that stand still first, then those with most to do; outcomes that never came have no column."""
    title = ", ".join(
        (
            several(len(state["shops"]), "shop"),
            several(len(state["workers"]), "worker"),
            f"{state['shops_leased']:,} at work",
        )
    )
    shown = [name for name in COLUMNS if name in ALWAYS or state["total"][name]]
    stands = [shop for shop in state["shops"] if shop["state"] != "active"]
    table = Table(title=title)
    table.add_column("shop", no_wrap=True)
    for name in shown:
        table.add_column(name.replace("_", " "), justify="right")
    if stands:
        table.add_column("stands still")
    still = [several(len(stands), "shop")] if stands else []
    numbers = [f"{state['total'][name]:,}" for name in shown]
    table.add_row("all", *numbers, *still, style="bold", end_section=True)
    ordered = sorted(state["shops"], key=lambda shop: (shop["state"] == "active", -shop["queued"]))
    for shop in ordered[:most]:
        why = [standstill(shop)] if stands else []
        table.add_row(shop["shop_id"], *(f"{shop[name]:,}" for name in shown), *why)
    if len(ordered) > most:
        table.add_row(f"and {len(ordered) - most:,} more", *("" for _ in table.columns[1:]), style="dim")
    return table


def standstill(shop: dict[str, Any]) -> str:
    """Why a shop stands still and when it goes on; empty for one that works."""
    if shop["state"] == "active":
        return ""
    ends = shop["ends_seconds"]
    until = f" for {span(ends)}" if ends is not None else ""
    return f"{shop['state']}{until}: {shop['reason']}"


def span(seconds: float) -> str:
    """A length of time as people say it."""
    whole = timedelta(seconds=int(seconds))
    if whole.days:
        return f"{whole.days} d {whole.seconds // 3600} h"
    hours, minutes = whole.seconds // 3600, whole.seconds // 60 % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole.seconds % 60} s" if minutes else f"{whole.seconds} s"


def finished(state: dict[str, Any]) -> int:
    """Products that have come to an end, and those whose edit is on its way through the audit."""
    total = state["total"]
    return int(
        total["edited"] + sum(total[name] for name in ("already_v2", "needs_input", "failed", "gone", "planned"))
    )
