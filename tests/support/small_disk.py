"""A small separate disk for tests to fill; mounting it needs root."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

FILLER = "filler"


@contextlib.contextmanager
def small_disk(directory: Path, size: str) -> Iterator[Path]:
    directory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", directory], check=True)
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)


def fill(directory: Path) -> None:
    """Fills the disk to the last byte."""
    with contextlib.suppress(OSError), (directory / FILLER).open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def make_room(directory: Path) -> None:
    (directory / FILLER).unlink()
