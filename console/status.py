"""`relist status`: how far every shop is."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import click
import orjson
from rich.console import Console
from rich.live import Live
from rich.table import Table

from console.reasons import blocked_reasons, reasons_table
from console.session import redis_of, run, settings_or_exit
from shop_queue.connect import AnyRedis
from shop_queue.keys import HOLDERS, WORKERS
from shop_queue.lanes import Lanes
from shop_queue.shops import ShopRegistry

COLUMNS = ("queued", "in_audit", "relisted", "already_v2", "needs_input", "rejected", "failed", "gone", "planned")

ALWAYS = frozenset({"queued", "in_audit", "relisted", "needs_input"})


@click.command()
@click.option("--watch", is_flag=True, help="Stay, and show it anew every second.")
@click.option("--reasons", is_flag=True, help="Why products are blocked, by outcome and reason code.")
@click.option("--json", "as_json", is_flag=True)
def status(watch: bool, reasons: bool, as_json: bool) -> None:
    """The fleet's progress, the shops with most to do first.

    Example: relist status --watch
    """
    if watch and reasons:
        raise click.UsageError("--reasons reads every blocked product: not together with --watch")
    settings = settings_or_exit()

    async def work() -> None:
        async with redis_of(settings) as redis:
            if reasons:
                blocked = await blocked_reasons(redis)
                if as_json:
                    click.echo(orjson.dumps({"reasons": blocked}).decode())
                else:
                    Console().print(reasons_table(blocked))
                return
            state = await fleet_state(redis)
            if as_json:
                click.echo(orjson.dumps(state).decode())
            elif not watch:
                Console().print(fleet_table(state))
            else:
                with Live(fleet_table(state), auto_refresh=False) as live:
                    while True:
                        await asyncio.sleep(1)
                        live.update(fleet_table(await fleet_state(redis)), refresh=True)

    try:
        run(work(), settings)
    except KeyboardInterrupt:
        click.echo()


async def fleet_state(redis: AnyRedis) -> dict[str, Any]:
    shops = [shop.shop_id for shop in await ShopRegistry(redis).all()]
    counts = await Lanes(redis).counts(shops)
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return {
        "workers": int(await redis.execute_command("ZCARD", WORKERS)),
        "shops_leased": int(await redis.execute_command("HLEN", HOLDERS)),
        "total": {name: total.get(name, 0) for name in COLUMNS},
        "shops": [
            {"shop_id": shop, **{name: count.get(name, 0) for name in COLUMNS}}
            for shop, count in zip(shops, counts, strict=True)
        ],
    }


def fleet_table(state: dict[str, Any], most: int = 20) -> Table:
    """The shops with most to do first; outcomes that never came have no column."""
    title = f"{len(state['shops'])} shops, {state['workers']} workers, {state['shops_leased']} shops at work"
    shown = [name for name in COLUMNS if name in ALWAYS or state["total"][name]]
    table = Table(title=title)
    table.add_column("shop", no_wrap=True)
    for name in shown:
        table.add_column(name.replace("_", " "), justify="right")
    table.add_row("all", *(f"{state['total'][name]:,}" for name in shown), style="bold", end_section=True)
    for shop in sorted(state["shops"], key=lambda each: -each["queued"])[:most]:
        table.add_row(shop["shop_id"], *(f"{shop[name]:,}" for name in shown))
    if len(state["shops"]) > most:
        table.add_row(f"and {len(state['shops']) - most:,} more", *("" for _ in shown), style="dim")
    return table
