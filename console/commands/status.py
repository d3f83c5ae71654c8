"""`relist status`: how far every shop is."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import click
import orjson
from rich.console import Group
from rich.live import Live
from rich.text import Text

from console.blocking_reasons import blocked_reasons, reasons_table
from console.fleet_table import finished, fleet_state, fleet_table
from console.formatting import format_duration, pluralize
from console.session import redis_of, run, settings_or_exit
from console.stalled_shops import grouped, why_they_stand
from console.tables import print_table
from redis_client.connect import AnyRedis

LOOK_SECONDS = 1.0
FRAME_LINES = 13
"""Of the watching screen, with all that is no shop; a heading may take two lines."""
REASON_LINES, LEAST_SHOPS = 3, 3
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
    if watch and (as_json or not sys.stdout.isatty()):
        raise click.UsageError("--watch is a screen for people: in a pipe, ask for --json again and again")
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
                _print(state)
            else:
                await _watch(redis)

    try:
        run(work(), settings)
    except KeyboardInterrupt:
        click.echo()


def _print(state: dict[str, Any]) -> None:
    if sys.stdout.isatty():
        print_table(fleet_table(state), why_they_stand(state["shops"]))
    else:
        print_table(fleet_table(state, most=len(state["shops"]), reasons=True))


async def _watch(redis: AnyRedis) -> None:
    """Until Ctrl-C."""
    seen: deque[tuple[float, int]] = deque(maxlen=SPEED_OVER)
    with Live(auto_refresh=False, screen=True) as live:
        while True:
            state = await fleet_state(redis)
            seen.append((time.monotonic(), finished(state)))
            live.update(screen(state, speed_line(seen, state["left"]), live.console.height), refresh=True)
            await asyncio.sleep(LOOK_SECONDS)


def screen(state: dict[str, Any], speed: str, height: int) -> Group:
    """What fits: the speed, then as many shops as there is room for, why shops stand still, the workers."""
    room = height - FRAME_LINES
    reasons = max(0, min(2, len(grouped(state["shops"])), (room - LEAST_SHOPS) // REASON_LINES))
    shown = fleet_table(state, most=max(LEAST_SHOPS, room - reasons * REASON_LINES))
    workers = "  ".join(f"{each['worker']}: {pluralize(each['shops'], 'shop')}" for each in state["workers"][:8])
    return Group(
        Text(speed, style="bold"),
        shown,
        why_they_stand(state["shops"], most=reasons, lines=1),
        Text(workers, style="dim", no_wrap=True, overflow="ellipsis"),
        Text("Ctrl-C to leave", style="dim"),
    )


def speed_line(seen: Sequence[tuple[float, int]], left: int | None) -> str:
    """Products a second over the last looks, and when the rest of the sweeps will be done at that speed. Pure."""
    seconds, done = seen[-1][0] - seen[0][0], seen[-1][1] - seen[0][1]
    rate = done / seconds if seconds > 0 else 0.0
    if left is None:
        return f"{rate:.1f} products/s"
    if not left:
        return f"{rate:.1f} products/s, every product of the last sweeps is in hand"
    to_go = f"about {format_duration(left / rate)} to go" if rate > 0 else "standing still"
    return f"{rate:.1f} products/s, {left:,} left, {to_go}"
