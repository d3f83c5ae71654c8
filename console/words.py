"""Numbers with their nouns, as people write them."""

from __future__ import annotations


def several(count: int, noun: str, plural: str = "") -> str:
    """`1 shop`, `1,200 shops`; `plural` where an s is not enough."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
