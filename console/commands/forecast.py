"""`relist forecast`: which shops will be through before their market's end of v1, and which will be late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import click
import orjson
from rich.table import Column

from config.markets import load_markets
from console.session import redis_of, run, settings_or_exit
from console.tables import plain_table, print_table
from shop_queue.lane_stats import read_lane_stats
from shop_queue.run_progress import forecast, speeds
from shop_queue.shop_registry import ShopRegistry

ORDER = ("late", "unknown", "no date", "on time", "done")
STYLES = {"late": "bold red", "unknown": "yellow", "on time": "green"}


@click.command("forecast")
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
def forecast_command(as_json: bool) -> None:
    """Products left against measured speed and the market's cut-off date, the worst shops first.

    Left are those of a shop's last sweep (relist enqueue search) that were not in hand yet; those that wait for a
    person are told beside them. Speed is that of the last ten minutes.

    Example: relist forecast
    """
    settings = settings_or_exit()
    now = datetime.now(UTC)

    async def work() -> list[dict[str, Any]]:
        markets = load_markets(settings.markets_file)
        async with redis_of(settings) as redis:
            shops = await ShopRegistry(redis).all()
            ids = [shop.shop_id for shop in shops]
            lanes, speed = dict(zip(ids, await read_lane_stats(redis, ids), strict=True)), await speeds(redis, now)
        rows = []
        for shop in shops:
            left = lanes[shop.shop_id].left
            if left is None:
                continue
            market = markets.of(shop.region)
            deadline = market.v1_ends if market else None
            told = forecast(left, speed.get(shop.shop_id, 0.0), deadline, now)
            rows.append(
                {
                    "shop_id": shop.shop_id,
                    "region": shop.region,
                    "v1_ends": deadline,
                    "left": left,
                    "wait_for_people": lanes[shop.shop_id].blocked,
                    "per_second": round(speed.get(shop.shop_id, 0.0), 2),
                    "verdict": told.verdict,
                    "finish": told.finish,
                    "late_by_seconds": told.late_by.total_seconds() if told.late_by else None,
                }
            )
        return sorted(rows, key=lambda row: (ORDER.index(row["verdict"]), -row["left"]))

    rows = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps(rows).decode())
        return
    if not rows:
        click.echo("no shop has been swept yet: relist enqueue search")
        return
    left, speed = Column("left", justify="right"), Column("speed", justify="right")
    table = plain_table(Column("shop", no_wrap=True), "region", "v1 ends", left, speed, "finishes", "verdict")
    for row in rows:
        finish = f"{row['finish']:%Y-%m-%d %H:%M}" if row["finish"] else ""
        late = f" by {_days(row['late_by_seconds'])}" if row["late_by_seconds"] else ""
        verdict = f"{row['verdict']}{late}"
        style = STYLES.get(row["verdict"], "")
        ends = str(row["v1_ends"] or "not known")
        table.add_row(
            *(row["shop_id"], row["region"], ends, f"{row['left']:,}", f"{row['per_second']:g}/s", finish),
            f"[{style}]{verdict}[/]" if style else verdict,
        )
    print_table(table)


def _days(seconds: float) -> str:
    by = timedelta(seconds=seconds)
    return f"{by.days} days" if by.days else f"{by.seconds // 3600} h {by.seconds // 60 % 60} min"
