"""`relist status`: show the progress of the fleet."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import click
import orjson
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from console.blocking_reasons import read_blocking_reasons, reasons_table
from console.fleet_table import fleet_state, fleet_table, processed
from console.formatting import format_duration, pluralize
from console.obstacles import obstacle_lines, warn_of_obstacles
from console.session import redis_of, run, settings_or_exit
from console.stalled_shops import group_stalled, stall_summary
from console.tables import print_table
from redis_client.connect import AnyRedis

REFRESH_SECONDS = 1.0
FRAME_LINES, MAX_OBSTACLES = 13, 3
"""Number of lines on the screen not used by shops; a heading may take two lines."""
REASON_LINES, MIN_SHOPS = 3, 3
SPEED_SAMPLES = 30
"""Refreshes over which the speed is averaged."""


@click.command()
@click.option("--watch", is_flag=True, help="Refresh every second until Ctrl-C.")
@click.option("--reasons", is_flag=True, help="Show why products are blocked, by outcome and reason code.")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def status(watch: bool, reasons: bool, as_json: bool) -> None:
    """Show the progress of the fleet, the shops with the most work first.

    Example: relist status --watch
    """
    if watch and reasons:
        raise click.UsageError("--reasons reads every blocked product and cannot be combined with --watch")
    if watch and (as_json or not sys.stdout.isatty()):
        raise click.UsageError("--watch needs a terminal; in a script, call `relist status --json` repeatedly")
    settings = settings_or_exit()

    async def work() -> None:
        async with redis_of(settings) as redis:
            if reasons:
                blocked = await read_blocking_reasons(redis)
                if as_json:
                    click.echo(orjson.dumps({"reasons": blocked}).decode())
                else:
                    print_table(reasons_table(blocked))
                return
            state = await fleet_state(redis, settings.lease_seconds)
            if as_json:
                click.echo(orjson.dumps(state).decode())
            elif not watch:
                _print(state)
            else:
                await _watch(redis, settings.lease_seconds)

    try:
        run(work(), settings)
    except KeyboardInterrupt:
        click.echo()


def _print(state: dict[str, Any]) -> None:
    if sys.stdout.isatty():
        below: tuple[RenderableType, ...] = (*obstacle_lines(state, time.time()), stall_summary(state["shops"]))
        print_table(fleet_table(state, width=Console().width), *below)
    else:
        print_table(fleet_table(state, limit=len(state["shops"]), reasons=True))
        warn_of_obstacles(state, time.time())


async def _watch(redis: AnyRedis, lease_seconds: float) -> None:
    """Refresh the screen until Ctrl-C."""
    samples: deque[tuple[float, int]] = deque(maxlen=SPEED_SAMPLES)
    with Live(auto_refresh=False, screen=True) as live:
        while True:
            state = await fleet_state(redis, lease_seconds)
            samples.append((time.monotonic(), processed(state)))
            speed = speed_line(samples, state["to_process"])
            live.update(screen(state, speed, live.console.height, live.console.width), refresh=True)
            await asyncio.sleep(REFRESH_SECONDS)


def screen(state: dict[str, Any], speed: str, height: int, width: int) -> Group:
    """Return what fits on the screen: the speed, as many shops as possible, why shops are stalled, and the workers."""
    obstacles = obstacle_lines(state, time.time(), width)[: 1 if height < 2 * FRAME_LINES else MAX_OBSTACLES]
    room = height - FRAME_LINES - len(obstacles)
    reasons = max(0, min(2, len(group_stalled(state["shops"])), (room - MIN_SHOPS) // REASON_LINES))
    shown = fleet_table(state, limit=max(MIN_SHOPS, room - reasons * REASON_LINES), width=width)
    workers = "  ".join(f"{each['worker']}: {pluralize(each['shops'], 'shop')}" for each in state["workers"][:8])
    return Group(
        Text(speed, style="bold"),
        shown,
        *obstacles,
        stall_summary(state["shops"], limit=reasons, lines=1),
        Text(workers, style="dim", no_wrap=True, overflow="ellipsis"),
        Text("Ctrl-C to quit", style="dim"),
    )


def speed_line(samples: Sequence[tuple[float, int]], left: int) -> str:
    """Return products per second and the remaining time at that speed. Pure.

    `samples` are (seconds, products processed); `left` counts products that the service has yet to process.
    """
    seconds, done = samples[-1][0] - samples[0][0], samples[-1][1] - samples[0][1]
    rate = done / seconds if seconds > 0 else 0.0
    if not left:
        return f"{rate:.1f} products/s, nothing left for the service to do"
    to_go = f"about {format_duration(left / rate)} to go" if rate > 0 else "stalled"
    return f"{rate:.1f} products/s, {left:,} left, {to_go}"
