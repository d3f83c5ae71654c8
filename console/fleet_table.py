"""The fleet in numbers, as `relist status` and the demo show it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rich.table import Table

from console.formatting import pluralize
from console.stalled_shops import stall_reason, state_word
from console.tables import plain_table
from redis_client.connect import AnyRedis
from shop_queue.lane_stats import LaneStats, read_lane_stats
from shop_queue.reader import LaneReader
from shop_queue.shop_registry import ShopRegistry

ENDS = ("relisted", "already_v2", "needs_input", "rejected", "failed", "gone", "planned")
COLUMNS = ("queued", "in_audit", *ENDS)
ALWAYS = frozenset({"queued", "in_audit", "relisted", "needs_input"})
NUMBERS = (*COLUMNS, "edited")


async def fleet_state(redis: AnyRedis) -> dict[str, Any]:
    """`queued`: jobs that wait or run, audits too; `in_audit`: now; `edited` and the outcomes: ever."""
    shops = [shop.shop_id for shop in await ShopRegistry(redis).all()]
    lanes = dict(zip(shops, await read_lane_stats(redis, shops), strict=True))
    reader = LaneReader(redis)
    holders = await reader.holders()
    working = Counter(holders.values())
    workers = [worker.worker_id for worker in await reader.workers()]
    rows = [_row(shop, lane) for shop, lane in lanes.items()]
    left = [lane.left for lane in lanes.values() if lane.left is not None]
    return {
        "workers": [{"worker": name, "shops": working[name]} for name in workers],
        "shops_leased": len(holders),
        "left": sum(left) if left else None,
        "total": {name: sum(row[name] for row in rows) for name in NUMBERS},
        "shops": rows,
    }


def _row(shop_id: str, lane: LaneStats) -> dict[str, Any]:
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


def fleet_table(state: dict[str, Any], most: int = 20, *, reasons: bool = False) -> Table:
    """Shops that stand still first, then those with most to do; outcomes that never came have no column.

    `reasons` says in each row why a shop stands still; console/stalled_shops.py says it once for all.
    """
    title = ", ".join(
        (
            pluralize(len(state["shops"]), "shop"),
            pluralize(len(state["workers"]), "worker"),
            f"{state['shops_leased']:,} at work",
        )
    )
    shown = [name for name in COLUMNS if name in ALWAYS or state["total"][name]]
    stands = [shop for shop in state["shops"] if shop["state"] != "active"]
    table = plain_table(title=title)
    table.add_column("shop", no_wrap=True, min_width=max((len(shop["shop_id"]) for shop in state["shops"]), default=4))
    for name in shown:
        heading = name.replace("_", " ")
        table.add_column(heading, justify="right", min_width=max(map(len, heading.split())))
    if stands:
        table.add_column("stands still" if reasons else "state", no_wrap=not reasons)
    still = [f"{len(stands):,} of {len(state['shops']):,}"] if stands else []
    numbers = [f"{state['total'][name]:,}" for name in shown]
    table.add_row("all", *numbers, *still, style="bold", end_section=True)
    # Whatever stands still, some of those at work are seen too.
    at_work = sorted((shop for shop in state["shops"] if shop["state"] == "active"), key=lambda shop: -shop["queued"])
    first = max(1, most // 3, most - len(at_work))
    ordered = [*stands[:first], *at_work, *stands[first:]]
    for shop in ordered[:most]:
        why = [stall_reason(shop) if reasons else state_word(shop)] if stands else []
        table.add_row(shop["shop_id"], *(f"{shop[name]:,}" for name in shown), *why)
    if len(ordered) > most:
        table.add_row(f"and {len(ordered) - most:,} more", *("" for _ in table.columns[1:]), style="dim")
    return table


def finished(state: dict[str, Any]) -> int:
    """Products that have come to an end, and those whose edit is on its way through the audit."""
    total = state["total"]
    return int(
        total["edited"] + sum(total[name] for name in ("already_v2", "needs_input", "failed", "gone", "planned"))
    )
