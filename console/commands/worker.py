"""`relist worker`: process jobs."""

from __future__ import annotations

import click

from console.session import announce_ready, log_unknown_settings, run, settings_or_exit
from worker.engine.results import StopWorker
from worker.event_loop import new_event_loop
from worker.run import run_worker


@click.command()
@click.option("--announce", is_flag=True, help="Print `ready <port>` on standard output once it processes jobs.")
def worker(announce: bool) -> None:
    """Process jobs until SIGTERM. Any number of workers may run.

    Example: relist worker
    """
    settings = settings_or_exit()
    log_unknown_settings()
    try:
        run(run_worker(settings, announce_ready if announce else None), settings, new_event_loop)
    except StopWorker as stop:
        raise click.ClickException(str(stop)) from None
