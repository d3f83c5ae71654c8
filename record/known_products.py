"""Counts the products in the record. If there are any but Redis knows no shop, Redis was emptied."""

from __future__ import annotations

from record.errors import RecordUnavailable
from record.record import Record


async def products_known(record: Record) -> int:
    """The number of products; 0 if the record is unavailable, which is reported elsewhere."""
    try:
        return sum((await record.counts()).values())
    except RecordUnavailable:
        return 0
