"""Finds out whether the record's disk has room for more edits, by writing a file and removing it.

The number of free bytes does not say so: quotas limit users, and file systems reserve blocks for root.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

PROBE_BYTES = 1024 * 1024
"""Random, so that file systems cannot compress them."""


def try_to_write(directory: Path) -> None:
    """Raises OSError if the directory cannot take this many bytes."""
    with tempfile.TemporaryFile(dir=directory) as file:
        file.write(os.urandom(PROBE_BYTES))
        file.flush()
        os.fsync(file.fileno())
