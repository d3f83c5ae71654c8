"""Errors of the record."""

from __future__ import annotations


class RecordUnavailable(Exception):
    """The store cannot be reached, is full or refuses to write: no edit may leave. It is worth trying again."""

    def __init__(self, where: str, cause: str, advice: str) -> None:
        super().__init__(f"the record in {where} is unavailable: {cause}; {advice}")
        self.where, self.cause, self.advice = where, cause, advice


class SchemaTooNew(Exception):
    """A newer release has upgraded the store; this release must not write to it."""

    def __init__(self, where: str, found: int, known: int) -> None:
        super().__init__(
            f"the record in {where} has schema version {found}, this release knows up to {known}: "
            "install the release that upgraded it, or restore a backup from before the upgrade"
        )
        self.found, self.known = found, known


class DamagedStore(Exception):
    """The store's structure is damaged where a query had to read; other queries may succeed."""
