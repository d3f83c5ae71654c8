"""Shifts the clock of a process or a whole fleet with Debian's libfaketime. Sleeps and timeouts stay real."""

from __future__ import annotations

from pathlib import Path

LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")


def apart(seconds: float) -> dict[str, str]:
    """The environment of a process whose clock is ahead by this number of seconds (behind if negative)."""
    return {**_loaded(), "FAKETIME": f"{seconds:+.0f}s"}


def told_by(file: Path) -> dict[str, str]:
    """The environment of a process whose clock is shifted by the current content of the file, such as `+300s`."""
    return {**_loaded(), "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_NO_CACHE": "1"}


def _loaded() -> dict[str, str]:
    if not LIBRARY.exists():
        raise FileNotFoundError(f"{LIBRARY}: apt-get install faketime")
    return {"LD_PRELOAD": str(LIBRARY), "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
