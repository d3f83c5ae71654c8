"""The record, for commands: opened, upgraded, and with one clear line when it cannot be used."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import click

from config.settings import Settings
from record.entry import BadEntry
from record.errors import DamagedStore, RecordUnavailable, SchemaTooNew
from record.opening import open_record
from record.record import Record

MAX_NAMED = 20


@asynccontextmanager
async def record_of(settings: Settings) -> AsyncIterator[Record]:
    """Raises ClickException."""
    try:
        record = open_record(settings.record_url.get_secret_value(), settings.journal_dir)
    except ValueError as wrong:
        raise click.ClickException(f"RELIST_RECORD_URL: {wrong}") from None
    try:
        yield record
    except (RecordUnavailable, SchemaTooNew, DamagedStore) as problem:
        raise click.ClickException(str(problem)) from None
    finally:
        await record.close()


def name_bad(bad: Iterable[BadEntry | str], count: int, say: Callable[[str], None]) -> None:
    """The first 20, and their number."""
    for place, entry in enumerate(bad):
        if place == MAX_NAMED:
            break
        say(f"  {entry}")
    if count > MAX_NAMED:
        say(f"  and {count - MAX_NAMED:,} more")


def complain(text: str) -> None:
    click.echo(text, err=True)
