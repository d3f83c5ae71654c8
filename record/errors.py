"""The exceptions of the record."""

from __future__ import annotations


class RecordUnavailable(Exception):
    """The store cannot be reached, is full or refuses writes, so no edit may be sent. Callers should retry."""

    def __init__(self, where: str, cause: str, advice: str) -> None:
        super().__init__(f"the record in {where} is unavailable: {cause}; {advice}")
        self.where, self.cause, self.advice = where, cause, advice


class SchemaTooNew(Exception):
    """A newer release has upgraded the store, so this release must not write to it."""

    def __init__(self, where: str, found: int, known: int) -> None:
        super().__init__(
            f"the record in {where} has schema version {found}, this release knows up to {known}: "
            "install the release that upgraded it, or restore a backup from before the upgrade"
        )
        self.found, self.known = found, known


class DamagedStore(Exception):
    """A query met damage in the store's structure. Other queries may succeed."""


class BadContent(Exception):
    """An entry does not match its checksum or cannot be unpacked."""


def own_copy(error: Exception) -> Exception:
    """The error for one of several callers that receive it, because a traceback grows with every raise."""
    if isinstance(error, RecordUnavailable):
        return RecordUnavailable(error.where, error.cause, error.advice)
    return error
