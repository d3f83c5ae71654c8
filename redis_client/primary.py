"""Follows a primary that moved: detects error replies that show the move, and counts generations of connections."""

from __future__ import annotations

from dataclasses import dataclass

MOVED_REPLIES = ("READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS", "UNBLOCKED")
"""Prefixes of error replies of a server that is not, or not yet, a usable primary."""


@dataclass(slots=True)
class Generation:
    """Shared by the connections of a client; raised when one of them finds that the primary has moved."""

    number: int = 0

    def end(self, generation: int) -> None:
        """Marks the connections of this generation as outdated; later ones are not affected."""
        if generation == self.number:
            self.number += 1


def shows_moved_primary(error: Exception) -> bool:
    text = str(error)
    # redis-py removes the prefix of errors for which it has a class.
    return text.startswith(MOVED_REPLIES) or type(error).__name__ in ("ReadOnlyError", "MasterDownError")
