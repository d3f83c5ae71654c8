"""`relist gateway`: webhooks, intake, fleet metrics and the web UI."""

from __future__ import annotations

import click

from config.settings import Settings
from console.session import announce_ready, log_unknown_settings, run, settings_or_exit
from gateway.run import GatewayPartEnded, run_gateway


@click.command()
@click.option("--announce", is_flag=True, help="Print `ready <port>` on standard output once it serves requests.")
def gateway(announce: bool) -> None:
    """Serve webhooks, the intake stream, metrics and the web UI (at /) until SIGTERM.

    Example: relist gateway
    """
    settings: Settings = settings_or_exit()
    log_unknown_settings()
    try:
        run(run_gateway(settings, announce_ready if announce else None), settings)
    except GatewayPartEnded as ended:
        raise click.ClickException(str(ended)) from None
