"""Formats counts and durations."""

from __future__ import annotations

from datetime import timedelta


def pluralize(count: int, noun: str, plural: str = "") -> str:
    """Return `1 shop` or `1,200 shops`. `plural` is for nouns with an irregular plural."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def format_duration(seconds: float, *, roughly: bool = False) -> str:
    """Return for example `1 d 3 h` or `5 min 2 s`; with `roughly`, `27 h` or `5 min`."""
    whole = timedelta(seconds=int(seconds))
    if roughly and seconds >= 60:
        minutes = int(seconds) // 60
        return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
    if whole.days:
        return f"{whole.days} d {whole.seconds // 3600} h"
    hours, minutes = whole.seconds // 3600, whole.seconds // 60 % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole.seconds % 60} s" if minutes else f"{whole.seconds} s"
