"""Which edits are read back once everything is open: evenly spaced, by what they carry. Pure but for its counters."""

from __future__ import annotations

from collections.abc import Callable

from rollout.edit import Edit

ANY = "*"
EASE = 1.5
"""A field may wait so much longer than any edit: most carry common fields, and are read back for those."""


class Sampler:
    """One process reads back one edit in `every`, and one in 1.5 times as many of those that carry a field.

    Even spacing bounds how many edits a change in mid-run can reach before one of them is read back; drawing lots has
    the same mean, and a long tail. `start` gives the first count of each field, so that processes do not keep step.
    """

    def __init__(self, start: Callable[[], float]) -> None:
        self._start = start
        self._since: dict[str, int] = {}

    def take(self, edit: Edit, every: int) -> bool:
        """Counts the edit; whether it is to be read back."""
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
        """The edit is read back, for whatever reason."""
        for name in (ANY, *edit.fields):
            self._since[name] = 0
