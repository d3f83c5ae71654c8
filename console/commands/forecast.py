"""`relist forecast`: compare each shop's remaining products and throughput with its market's deadline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import click
import orjson
from rich.table import Column

from config.markets import load_markets
from console.session import redis_of, run, settings_or_exit
from console.tables import plain_table, print_table
from monitoring.fleet import read_shops
from shop_queue.run_progress import forecast, speeds
from shop_queue.shop_registry import ShopRegistry

ORDER = ("late", "unknown", "no date", "on time", "done")
STYLES = {"late": "bold red", "unknown": "yellow", "on time": "green"}


@click.command("forecast")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def forecast_command(as_json: bool) -> None:
    """Forecast when each shop will finish, the latest shops first.

    `left` counts the products of the shop's last search (relist enqueue search) that were not processed yet. The JSON
    output also counts the products that wait for input. The speed is that of the last ten minutes.

    Example: relist forecast
    """
    settings = settings_or_exit()
    now = datetime.now(UTC)

    async def work() -> list[dict[str, Any]]:
        markets = load_markets(settings.markets_file)
        async with redis_of(settings) as redis:
            stats = await read_shops(redis, await ShopRegistry(redis).all())
            speed = await speeds(redis, now)
        rows = []
        for each in stats:
            shop, left = each.shop, each.lane.left
            if left is None:
                continue
            market = markets.of(shop.region)
            deadline = market.v1_ends if market else None
            prediction = forecast(left, speed.get(shop.shop_id, 0.0), deadline, now)
            rows.append(
                {
                    "shop_id": shop.shop_id,
                    "region": shop.region,
                    "v1_ends": deadline,
                    "left": left,
                    "wait_for_people": each.lane.blocked,
                    "per_second": round(speed.get(shop.shop_id, 0.0), 2),
                    "verdict": prediction.verdict,
                    "finish": prediction.finish,
                    "late_by_seconds": prediction.late_by.total_seconds() if prediction.late_by else None,
                }
            )
        return sorted(rows, key=lambda row: (ORDER.index(row["verdict"]), -row["left"]))

    rows = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps(rows).decode())
        return
    if not rows:
        click.echo("no shop has been searched yet: run relist enqueue search")
        return
    left, speed = Column("left", justify="right"), Column("speed", justify="right")
    table = plain_table(Column("shop", no_wrap=True), "region", "v1 ends", left, speed, "finishes", "verdict")
    for row in rows:
        finish = f"{row['finish']:%Y-%m-%d %H:%M}" if row["finish"] else ""
        late = f" by {_days(row['late_by_seconds'])}" if row["late_by_seconds"] else ""
        verdict = f"{row['verdict']}{late}"
        style = STYLES.get(row["verdict"], "")
        ends = str(row["v1_ends"] or "unknown")
        table.add_row(
            *(row["shop_id"], row["region"], ends, f"{row['left']:,}", f"{row['per_second']:g}/s", finish),
            f"[{style}]{verdict}[/]" if style else verdict,
        )
    print_table(table)


def _days(seconds: float) -> str:
    by = timedelta(seconds=seconds)
    return f"{by.days} days" if by.days else f"{by.seconds // 3600} h {by.seconds // 60 % 60} min"
