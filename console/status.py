"""`relist status`: how far every shop is."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque
from collections.abc import Sequence

import click
import orjson
from rich.console import Group
from rich.live import Live
from rich.text import Text

from console.fleet import finished, fleet_state, fleet_table, span
from console.reasons import blocked_reasons, reasons_table
from console.session import redis_of, run, settings_or_exit
from console.tables import print_table
from console.words import several
from shop_queue.connect import AnyRedis

LOOK_SECONDS = 1.0
SHOWN_SHOPS = 20
SPEED_OVER = 30
"""Looks the speed is taken over."""


@click.command()
@click.option("--watch", is_flag=True, help="Stay, and show it anew every second.")
@click.option("--reasons", is_flag=True, help="Why products are blocked, by outcome and reason code.")
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
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
                    print_table(reasons_table(blocked))
                return
            state = await fleet_state(redis)
            if as_json:
                click.echo(orjson.dumps(state).decode())
            elif not watch:
                print_table(fleet_table(state, most=SHOWN_SHOPS if sys.stdout.isatty() else len(state["shops"])))
            else:
                await _watch(redis)

    try:
        run(work(), settings)
    except KeyboardInterrupt:
        click.echo()


async def _watch(redis: AnyRedis) -> None:
    """Until Ctrl-C."""
    seen: deque[tuple[float, int]] = deque(maxlen=SPEED_OVER)
    with Live(auto_refresh=False, screen=True) as live:
        while True:
            state = await fleet_state(redis)
            seen.append((time.monotonic(), finished(state)))
            table = fleet_table(state, most=max(5, live.console.height - 12))
            table.caption = speed_line(seen, state["left"])
            workers = "  ".join(f"{each['worker']}: {several(each['shops'], 'shop')}" for each in state["workers"][:8])
            live.update(Group(table, Text(workers, style="dim")), refresh=True)
            await asyncio.sleep(LOOK_SECONDS)


def speed_line(seen: Sequence[tuple[float, int]], left: int | None) -> str:
    """Products a second over the last looks, and when the rest of the sweeps will be done at that speed. Pure."""
    seconds, done = seen[-1][0] - seen[0][0], seen[-1][1] - seen[0][1]
    rate = done / seconds if seconds > 0 else 0.0
    if left is None:
        return f"{rate:.1f} products/s"
    if not left:
        return f"{rate:.1f} products/s, every product of the last sweeps is in hand"
    to_go = f"about {span(left / rate)} to go" if rate > 0 else "standing still"
    return f"{rate:.1f} products/s, {left:,} left, {to_go}"
