"""The number of products in the record: evidence that Redis was emptied, when Redis knows no shop."""

from __future__ import annotations

from record.errors import RecordUnavailable
from record.record import Record


async def products_known(record: Record) -> int:
    """Returns 0 if the record is unavailable, which is reported elsewhere."""
    try:
        return sum((await record.counts()).values())
    except RecordUnavailable:
        return 0
