"""The journal's entries, for commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from config.settings import Settings
from record.journal import read_journal


def journal_entries(settings: Settings) -> Iterator[dict[str, Any]]:
    directory: Path = settings.journal_dir
    if not directory.is_dir():
        raise click.ClickException(f"RELIST_JOURNAL_DIR: there is no directory {directory}")
    return read_journal(directory)
