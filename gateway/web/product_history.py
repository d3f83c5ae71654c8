"""All that is known of one product: its blocking reasons, its job in the lane, and its edits in the record."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from model.blocked_product import BlockedProduct
from model.job import Job
from record.entry import BadEntry, StoredEdit
from record.errors import DamagedStore, RecordUnavailable, SchemaTooNew
from record.record import Record
from record.scope import Scope
from redis_client.connect import AnyRedis
from redis_client.pipelines import in_pipelines
from shop_queue.keys import lane_keys

MOST_ENTRIES = 20
MOST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class LaneEntry:
    place: str
    """running, waiting or delayed."""
    job: Job


@dataclass(frozen=True, slots=True)
class ProductHistory:
    """The product's last edits, newest first, as the record has them."""

    edits: tuple[StoredEdit, ...] = ()
    complete: bool = True
    """If not, there are older ones."""
    bad: tuple[BadEntry, ...] = ()
    problem: str = ""
    """Why the record could not be read."""

    @property
    def title(self) -> str:
        """By the newest before-image, or empty."""
        return next((str(edit.before.get("title") or "") for edit in self.edits if edit.before), "")


async def read_lane(redis: AnyRedis, shop_id: str, product_id: str) -> tuple[BlockedProduct | None, list[LaneEntry]]:
    keys = lane_keys(shop_id)
    ids = (product_id, f"audit:{product_id}", f"undo:{product_id}")
    commands: list[tuple[str, ...]] = [("HGET", keys.blocked, product_id)]
    for job_id in ids:
        commands += [
            ("HGET", keys.jobs, job_id),
            ("ZSCORE", keys.inflight, job_id),
            ("ZSCORE", keys.delayed, job_id),
        ]
    blocked, *replies = await in_pipelines(redis, commands)
    entries = []
    for place, job_id in enumerate(ids):
        payload, running, delayed = replies[place * 3 : place * 3 + 3]
        if payload is not None:
            where = "running" if running is not None else "delayed" if delayed is not None else "waiting"
            entries.append(LaneEntry(where, Job.load(shop_id, job_id, payload)))
    return BlockedProduct.load(shop_id, product_id, blocked) if blocked is not None else None, entries


async def read_history(record: Record, shop_id: str, product_id: str) -> ProductHistory:
    """Within a bound of entries and time; a damaged store is not searched through."""
    edits: list[StoredEdit] = []
    bad: list[BadEntry] = []
    complete = True
    try:
        async with asyncio.timeout(MOST_SECONDS):
            async for entry in record.edits(Scope(shop_id, product_id, newest_first=True), thorough=False):
                if len(edits) + len(bad) == MOST_ENTRIES:
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
