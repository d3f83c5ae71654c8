"""Reads the journal for commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from config.settings import Settings
from record.journal import read_journal


def journal_entries(settings: Settings) -> Iterator[dict[str, Any]]:
    """Yield the entries of RELIST_JOURNAL_DIR. Raises ClickException if it is not a directory."""
    directory: Path = settings.journal_dir
    if not directory.is_dir():
        raise click.ClickException(f"RELIST_JOURNAL_DIR: {directory} is not a directory")
    return read_journal(directory)
