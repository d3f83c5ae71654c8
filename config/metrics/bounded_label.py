"""Limits label values from untrusted input so that they cannot create unbounded time series."""

from __future__ import annotations

OTHER = "other"


class BoundedLabel:
    """Passes the first `limit` distinct values through and replaces later ones with `other`."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen: set[str] = set()

    def __call__(self, value: str) -> str:
        if value in self._seen:
            return value
        if len(self._seen) >= self._limit:
            return OTHER
        self._seen.add(value)
        return value
