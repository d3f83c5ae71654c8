"""`relist gateway`: webhooks, intake, fleet metrics and the web UI."""

from __future__ import annotations

import click

from config.settings import Settings
from console.session import announce_ready, run, settings_or_exit
from gateway.run import GatewayBroken, run_gateway


@click.command()
@click.option("--announce", is_flag=True, help="Print `ready <port>` on standard output once it works.")
def gateway(announce: bool) -> None:
    """Take webhooks and the intake stream, and show the page at /, until SIGTERM.

    Example: relist gateway
    """
    settings: Settings = settings_or_exit()
    try:
        run(run_gateway(settings, announce_ready if announce else None), settings)
    except GatewayBroken as broken:
        raise click.ClickException(str(broken)) from None
