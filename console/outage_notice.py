"""Says that workers get no response from the platform, why and since when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click
from rich.padding import Padding
from rich.text import Text

from console.formatting import format_duration, pluralize

CONSEQUENCE = "jobs wait without using attempts, and go on when it responds"


def outage_text(outage: dict[str, Any], workers: int, now: float) -> str:
    """Return one sentence without a remedy. `workers`: number of live ones. `now`: Unix seconds. Pure."""
    since, lasts = datetime.fromtimestamp(outage["since"], UTC), format_duration(max(0.0, now - outage["since"]))
    who = f"{len(outage['workers']):,} of {pluralize(workers, 'worker')}"
    return f"no response to {who} since {since:%Y-%m-%d %H:%M} UTC ({lasts}): {outage['what']}"


def outage_lines(state: dict[str, Any], now: float) -> list[Padding]:
    """Return what `relist status` shows below its table. `state`: see `fleet_state`. Pure."""
    outage = state["outage"]
    if outage is None:
        return []
    head = f"The platform: {outage_text(outage, len(state['workers']), now)}"
    return [Padding(Text.assemble((head, "red"), (f"  {outage['fix']}; {CONSEQUENCE}", "dim")), (0, 0, 0, 1))]


def warn_of_outage(state: dict[str, Any], now: float) -> None:
    """Write it to standard error, for a status in a pipe."""
    if (outage := state["outage"]) is not None:
        text = outage_text(outage, len(state["workers"]), now)
        click.echo(f"The platform: {text}. {outage['fix']}; {CONSEQUENCE}", err=True)
