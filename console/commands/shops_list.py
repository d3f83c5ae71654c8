"""`relist shops list`: list all shops with their state, limit and number of products."""

from __future__ import annotations

import sys
from typing import Any

import click
import orjson
from rich.table import Column
from rich.text import Text

from console.session import redis_of, run, settings_or_exit
from console.stalled_shops import stall_summary
from console.tables import plain_table, print_table
from monitoring.fleet import ShopStats, read_shops
from shop_queue.shop_registry import ShopRegistry


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def list_shops(as_json: bool) -> None:
    """List all shops with their state, limit and number of products.

    Example: relist shops list --json
    """
    settings = settings_or_exit()

    async def work() -> list[dict[str, Any]]:
        async with redis_of(settings) as redis:
            return [_row(stats) for stats in await read_shops(redis, await ShopRegistry(redis).all())]

    rows = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps(rows).decode())
        return
    piped = not sys.stdout.isatty()
    numbers = ("known", "queued", "in_audit", "relisted", "needs_input", "left")
    table = plain_table(Column("shop", no_wrap=True), "name", "region", "state", Column("limit", justify="right"))
    for name in numbers:
        table.add_column(name.replace("_", " "), justify="right")
    if piped:
        table.add_column("reason")
    for row in rows:
        limit = f"{row['limit']:g}/s" if row["limit"] else ""
        reason = [Text(row["reason"] if row["state"] != "active" else "")] if piped else []
        counts = (f"{row.get(name, 0):,}" for name in numbers)
        table.add_row(row["shop_id"], Text(row["name"]), row["region"], row["state"], limit, *counts, *reason)
    print_table(table, stall_summary(rows))


def _row(stats: ShopStats) -> dict[str, Any]:
    return {
        "shop_id": stats.shop_id,
        "name": stats.shop.name,
        "region": stats.shop.region,
        "app": stats.shop.app,
        "verified": not stats.shop.unverified,
        "state": stats.state,
        "reason": stats.reason,
        "ends_seconds": stats.resumes_in_seconds,
        "limit": stats.lane.limit,
        "known": stats.products.known,
        **stats.products.fields,
        "left": stats.lane.left,
        "jobs": stats.queued,
    }
