"""Detects a clock so wrong that tokens would seem expired and markets closed. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

MAX_CLOCK_ERROR_SECONDS = 86_400.0


def clock_problem(local: float, other: float, whose: str) -> str | None:
    """Return a problem if this machine's Unix time differs from another clock by more than a day, or None."""
    if abs(local - other) <= MAX_CLOCK_ERROR_SECONDS:
        return None
    return (
        f"this machine's clock says {_text(local)}, {whose} says {_text(other)}: "
        "no process works with a clock that is off by more than a day. "
        "Set the clock (NTP) and start this process again"
    )


def _text(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
