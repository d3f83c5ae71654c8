"""`relist:intake:rejected`: entries that could not be accepted, with the reason; bounded (decision 11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import structlog
from prometheus_client import Counter

from redis_client.connect import AnyRedis
from shop_queue.intake_stream import IntakeEntry, RejectedEntries

log = structlog.get_logger("relist.intake")

OWN_FIELDS = (b"entry_id", b"error")
MAX_REPEATED_BYTES = 1024 * 1024
"""Maximum bytes of copies of one entry's raw fields. Every bad job of an entry gets a copy until the budget is used up;
the first always gets one.
"""


@dataclass(frozen=True, slots=True)
class Rejection:
    entry: IntakeEntry
    problems: tuple[str, ...]
    """One per bad job of the entry."""


class Rejections:
    def __init__(self, redis: AnyRedis, maxlen: int, dropped: Counter) -> None:
        self._entries, self._dropped = RejectedEntries(redis, maxlen), dropped

    async def keep(self, rejections: Sequence[Rejection]) -> None:
        """Append in one round trip. Entries dropped to stay below the cap are counted and logged."""
        rows = [row for rejection in rejections for row in rejection_rows(rejection)]
        dropped, kept = await self._entries.append(rows)
        if dropped:
            self._dropped.inc(dropped)
            log.warning("intake_rejected_dropped", count=dropped, kept=kept)


def rejection_rows(rejection: Rejection) -> Iterator[list[str | bytes]]:
    """Yield the field names and values of each stream entry. Pure.

    Raw fields whose names collide with this record's are prefixed with `raw_`.
    """
    raw: list[str | bytes] = []
    for name, value in rejection.entry.fields:
        raw += [b"raw_" + name if name in OWN_FIELDS else name, value]
    room = MAX_REPEATED_BYTES
    for index, problem in enumerate(rejection.problems):
        own: list[str | bytes] = ["entry_id", rejection.entry.id, "error", problem]
        room -= rejection.entry.size
        yield own + raw if index == 0 or room >= 0 else own
