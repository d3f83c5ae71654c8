"""Chooses the edits to read back when all windows are open: evenly spaced per field. Pure but stateful."""

from __future__ import annotations

from collections.abc import Callable

from rollout.edit import Edit

ANY = "*"
EASE = 2.0
"""A field may wait this many times longer than an edit, since most edits are read back for common fields."""


class Sampler:
    """Selects one edit in `every` per process, and for each field one in twice as many of the edits with it.

    Even spacing bounds the number of edits that a change during a run can affect before one is read back. Random
    sampling has the same mean, but a long tail. `start` sets the first count of each field, so that processes differ.
    """

    def __init__(self, start: Callable[[], float]) -> None:
        self._start = start
        self._since: dict[str, int] = {}

    def take(self, edit: Edit, every: int) -> bool:
        """Counts the edit and returns whether to read it back."""
        since, due = self._since, False
        for name in (ANY, *edit.fields):
            count = since.get(name, -1)
            if count < 0:
                count = int(self._start() * every)
            since[name] = count + 1
            due = due or count + 1 >= (every if name == ANY else EASE * every)
        if due:
            self.reset(edit)
        return due

    def reset(self, edit: Edit) -> None:
        """Restarts the counts for an edit that is read back, whatever the reason."""
        for name in (ANY, *edit.fields):
            self._since[name] = 0
