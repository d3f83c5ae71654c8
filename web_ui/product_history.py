"""All that is known of one product: its blocking reasons, its job in the lane, and its edits in the record."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from model.blocked_product import BlockedProduct
from record.entry import BadEntry, StoredEdit
from record.errors import DamagedStore, RecordUnavailable, SchemaTooNew
from record.record import Record
from record.scope import Scope
from redis_client.connect import AnyRedis
from shop_queue.blocked_products import read_blocked
from shop_queue.reader import LaneReader, QueuedJob

MAX_ENTRIES = 20
MAX_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class ProductHistory:
    """The product's last edits in the record, newest first."""

    edits: tuple[StoredEdit, ...] = ()
    complete: bool = True
    """Whether these are all edits."""
    bad: tuple[BadEntry, ...] = ()
    problem: str = ""
    """Why the record could not be read."""

    @property
    def title(self) -> str:
        """From the newest before-image; may be empty."""
        return next((str(edit.before.get("title") or "") for edit in self.edits if edit.before), "")


async def read_lane(redis: AnyRedis, shop_id: str, product_id: str) -> tuple[BlockedProduct | None, list[QueuedJob]]:
    blocked = await read_blocked(redis, [(shop_id, product_id)])
    return blocked[shop_id, product_id], await LaneReader(redis).jobs_of_product(shop_id, product_id)


async def read_history(record: Record, shop_id: str, product_id: str) -> ProductHistory:
    """Limits entries and time; a damaged store is not searched."""
    edits: list[StoredEdit] = []
    bad: list[BadEntry] = []
    complete = True
    try:
        async with asyncio.timeout(MAX_SECONDS):
            async for entry in record.edits(Scope(shop_id, product_id, newest_first=True), thorough=False):
                if len(edits) + len(bad) == MAX_ENTRIES:
                    complete = False
                    break
                if isinstance(entry, BadEntry):
                    bad.append(entry)
                else:
                    edits.append(entry)
    except TimeoutError:
        complete = False
    except (RecordUnavailable, DamagedStore, SchemaTooNew) as problem:
        return ProductHistory(tuple(edits), False, tuple(bad), str(problem))
    return ProductHistory(tuple(edits), complete, tuple(bad))
