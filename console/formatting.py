"""Numbers with their nouns, and lengths of time, as people write them."""

from __future__ import annotations

from datetime import timedelta


def pluralize(count: int, noun: str, plural: str = "") -> str:
    """`1 shop`, `1,200 shops`; `plural` where an s is not enough."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def format_duration(seconds: float, *, roughly: bool = False) -> str:
    """`1 d 3 h`, `5 min 2 s`; roughly: `27 h`, `5 min`."""
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
