"""Keeps what comes from outside from making a time series each."""

from __future__ import annotations

OTHER = "other"


class BoundedLabel:
    """The first `most` different values stand for themselves, every later one for `other`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._seen: set[str] = set()

    def __call__(self, value: str) -> str:
        if value in self._seen:
            return value
        if len(self._seen) >= self._most:
            return OTHER
        self._seen.add(value)
        return value
