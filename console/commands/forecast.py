"""`relist forecast`: compare each shop's remaining products and speed with its market's deadline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import click
import orjson
from rich.table import Column

from config.markets import load_markets
from console.formatting import pluralize
from console.session import redis_of, run, settings_or_exit
from console.tables import plain_table, print_table
from monitoring.fleet import read_shops
from monitoring.shop_forecasts import ShopForecast, shop_forecasts
from shop_queue.run_progress import speeds
from shop_queue.shop_registry import ShopRegistry

STYLES = {"date past": "bold red", "late": "bold red", "waits for people": "yellow", "no pace": "yellow"}


@click.command("forecast")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def forecast_command(as_json: bool) -> None:
    """Forecast when each shop will finish, the most urgent shops first.

    `left` counts the products still on v1: queued, in audit, waiting, those that wait for people, and those that the
    last search (relist enqueue search) has not found yet. Drafts and deleted products do not count. The service's speed
    is measured over the last ten minutes, and people's speed as answers per day over the last week.

    Example: relist forecast
    """
    settings = settings_or_exit()
    now = datetime.now(UTC)

    async def work() -> tuple[list[dict[str, Any]], int]:
        markets = load_markets(settings.markets_file)
        async with redis_of(settings) as redis:
            stats = await read_shops(redis, await ShopRegistry(redis).all())
            pace = await speeds(redis, now)
        found = shop_forecasts(stats, pace, markets, now)
        return [_row(each) for each in found], len(stats) - len(found)

    rows, unknown = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps(rows).decode())
        return
    if rows:
        print_table(_table(rows))
        if notes := _notes(rows):
            click.echo(notes)
    if unknown or not rows:
        click.echo(f"{pluralize(unknown, 'shop')} without known products: find them with `relist enqueue search`")


def _row(each: ShopForecast) -> dict[str, Any]:
    stats, left, found = each.stats, each.left, each.forecast
    return {
        "shop_id": stats.shop_id,
        "region": stats.shop.region,
        "v1_ends": each.v1_ends,
        "known": stats.products.known,
        "left": left.products,
        "left_for_machines": left.for_machines,
        "left_for_people": left.for_people,
        "not_found_yet": stats.lane.unseen,
        "searched": stats.lane.on_v1 is not None,
        "per_second": round(each.pace.per_second, 2),
        "answers_per_day": round(each.pace.answers_per_day, 1),
        "verdict": found.verdict,
        "machines_finish": found.machines_finish,
        "people_finish": found.people_finish,
        "finish": found.finish,
        "late_by_seconds": found.late_by.total_seconds() if found.late_by else None,
        "note": found.note,
    }


def _table(rows: list[dict[str, Any]]) -> Any:
    columns = [Column(name, justify="right") for name in ("left", "for people", "pace", "answers")]
    table = plain_table(Column("shop", no_wrap=True), "region", "v1 ends", *columns, "finishes", "verdict")
    for row in rows:
        finish = f"{row['finish']:%Y-%m-%d %H:%M}" if row["finish"] else ""
        late = f" by {_days(row['late_by_seconds'])}" if row["late_by_seconds"] else ""
        style = STYLES.get(row["verdict"], "")
        verdict = f"{row['verdict']}{late}"
        table.add_row(
            *(row["shop_id"], row["region"], str(row["v1_ends"] or "unknown")),
            *(f"{row['left']:,}", f"{row['left_for_people']:,}"),
            *(f"{row['per_second']:g}/s", f"{row['answers_per_day']:g}/day", finish),
            f"[{style}]{verdict}[/]" if style else verdict,
        )
    return table


def _notes(rows: list[dict[str, Any]]) -> str:
    """Return each note once, with the number of shops it concerns."""
    shops: dict[str, int] = {}
    for row in rows:
        if row["note"]:
            shops[row["note"]] = shops.get(row["note"], 0) + 1
    return "\n".join(f"{number} shop{'' if number == 1 else 's'}: {note}" for note, number in shops.items())


def _days(seconds: float) -> str:
    by = timedelta(seconds=seconds)
    return f"{by.days} days" if by.days else f"{by.seconds // 3600} h {by.seconds // 60 % 60} min"
