"""`relist:intake:rejected`: what could not be accepted, with why, for people to read; bounded (decision 11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import structlog
from prometheus_client import Counter

from redis_client.connect import AnyRedis
from shop_queue.intake_stream import IntakeEntry, RejectedEntries

log = structlog.get_logger("relist.intake")

OWN_FIELDS = (b"entry_id", b"error")
REPEATED_BYTES = 1024 * 1024
"""How much may be written of one entry with several bad jobs: each gets the raw fields until then, the first always."""


@dataclass(frozen=True, slots=True)
class Rejection:
    entry: IntakeEntry
    problems: tuple[str, ...]
    """One for each bad job in it."""


class Rejections:
    def __init__(self, redis: AnyRedis, maxlen: int, dropped: Counter) -> None:
        self._entries, self._dropped = RejectedEntries(redis, maxlen), dropped

    async def keep(self, rejections: Sequence[Rejection]) -> None:
        """In one round trip; the oldest ones beyond the cap go, which is counted and logged."""
        rows = [row for rejection in rejections for row in rejection_rows(rejection)]
        dropped, kept = await self._entries.append(rows)
        if dropped:
            self._dropped.inc(dropped)
            log.warning("intake_rejected_dropped", count=dropped, kept=kept)


def rejection_rows(rejection: Rejection) -> Iterator[list[str | bytes]]:
    """Names and values of each stream entry; raw fields that have our names get `raw_` in front. Pure."""
    raw: list[str | bytes] = []
    for name, value in rejection.entry.fields:
        raw += [b"raw_" + name if name in OWN_FIELDS else name, value]
    room = REPEATED_BYTES
    for place, problem in enumerate(rejection.problems):
        own: list[str | bytes] = ["entry_id", rejection.entry.id, "error", problem]
        room -= rejection.entry.size
        yield own + raw if place == 0 or room >= 0 else own
