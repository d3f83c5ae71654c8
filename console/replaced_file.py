"""Writes a file completely or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replaced_or_standard_output(file: Path) -> Iterator[Path]:
    """Yield a temporary file for `file`, as `replaced` does; `-` copies it to standard output when it is complete.

    Raises OSError.
    """
    if str(file) != "-":
        with replaced(file) as draft:
            yield draft
        return
    with tempfile.TemporaryDirectory(prefix="relist-") as folder:
        draft = Path(folder) / "output"
        yield draft
        with draft.open("rb") as written:
            shutil.copyfileobj(written, sys.stdout.buffer)
        sys.stdout.buffer.flush()


@contextlib.contextmanager
def replaced(file: Path) -> Iterator[Path]:
    """Yield a temporary file that replaces `file` once it is written completely. A device is written directly.

    Raises OSError.
    """
    if file.exists() and not file.is_file():
        yield file
        return
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
