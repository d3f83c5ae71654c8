"""Explains why workers make no progress: the platform does not respond, they have problems, or they did not start."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click
from rich.padding import Padding
from rich.text import Text

from console.formatting import format_duration, pluralize

MAX_LINES = 3
CONSEQUENCE = "jobs wait without using attempts, and continue when it responds"


def outage_text(outage: dict[str, Any], workers: int, now: float) -> str:
    """Return one sentence without a remedy. `workers`: number of live ones. `now`: Unix seconds. Pure."""
    since, lasts = datetime.fromtimestamp(outage["since"], UTC), format_duration(max(0.0, now - outage["since"]))
    who = f"{len(outage['workers']):,} of {pluralize(workers, 'worker')}"
    return f"no response to {who} since {since:%Y-%m-%d %H:%M} UTC ({lasts}): {outage['what']}"


def obstacle_lines(state: dict[str, Any], now: float, width: int | None = None) -> list[Padding]:
    """Return the lines that `relist status` shows below its table, each truncated at `width`. `state`: see
    `fleet_state`. Pure.
    """
    cut = width is not None
    return [
        Padding(Text(line, style="red", no_wrap=cut, overflow="ellipsis"), (0, 0, 0, 1)) for line in _lines(state, now)
    ]


def warn_of_obstacles(state: dict[str, Any], now: float) -> None:
    """Write the lines to standard error, for a status in a pipe."""
    for line in _lines(state, now):
        click.echo(line, err=True)


def _lines(state: dict[str, Any], now: float) -> list[str]:
    total, lines = len(state["workers"]), []
    if (outage := state["outage"]) is not None:
        lines.append(f"The platform: {outage_text(outage, total, now)}; {outage['fix']}; {CONSEQUENCE}")
    for each in state["problems"][:MAX_LINES]:
        lines.append(f"{len(each['workers']):,} of {pluralize(total, 'worker')}: {each['what']}")
    if not total and state["total"]["jobs"]:
        lines.append(f"No worker is alive, with {pluralize(state['total']['jobs'], 'job')} waiting: relist doctor")
    for each in state["refused_starts"][:MAX_LINES]:
        lines.append(f"A worker on {each['host']} did not start: {each['what']}")
    return lines
