"""The operations of a commit, read from the arguments of commit.lua."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FIRST_OPERATION = 6
ARGUMENTS = {b"complete": 5, b"requeue": 6, b"release": 0, b"defer": 7}
"""Operation -> number of its arguments after the id; the last one counts the follow-up jobs, if there are any."""
FOLLOW_UP_ARGUMENTS = 6
DELAY = {b"requeue": 1, b"defer": 0}
"""Operation -> which of its arguments is the delay in ms."""


@dataclass(frozen=True, slots=True)
class CommitOperation:
    name: bytes
    job: bytes
    arguments: Sequence[bytes]
    follow_ups: Sequence[Sequence[bytes]]
    """For each: id, payload, place, delay ms, flags, related job or product."""

    @property
    def delay(self) -> float:
        """Milliseconds; at most 0 for a job that may run immediately."""
        return float(self.arguments[DELAY[self.name]]) if self.name in DELAY else 0.0


def operations_of(args: Sequence[bytes]) -> Iterator[CommitOperation]:
    position = FIRST_OPERATION
    while position < len(args):
        name, job = args[position], args[position + 1]
        position += 2
        arguments = args[position : position + ARGUMENTS[name]]
        position += len(arguments)
        count = int(arguments[-1]) if name in (b"complete", b"requeue") else 0
        ends = position + count * FOLLOW_UP_ARGUMENTS
        jobs = [args[first : first + FOLLOW_UP_ARGUMENTS] for first in range(position, ends, FOLLOW_UP_ARGUMENTS)]
        position = ends
        yield CommitOperation(name, job, arguments, jobs)
