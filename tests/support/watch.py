"""A monotonic clock that tests move."""

from __future__ import annotations


class Watch:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now
