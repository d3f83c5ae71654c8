"""Reads lanes for all other rooms: control, jobs, backlog, leases, workers. Changes nothing.

Blocked products are read by shop_queue/blocked_products.py, and the statistics of many lanes by
shop_queue/lane_stats.py. All functions raise one of REDIS_UNAVAILABLE when Redis is unavailable, and ResponseError for
a corrupt lane.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from model.blocked_product import BlockedProduct
from model.job import Job, audit_job_id, undo_job_id
from model.product_state import ProductStateName
from redis_client.connect import AnyRedis
from redis_client.pipelines import in_pipelines
from shop_queue.keys import ENQUEUED, HOLDERS, WORKERS, lane_keys
from shop_queue.product_counts import current_state, last_end

JobStatus = Literal["running", "delayed", "waiting"]


@dataclass(frozen=True, slots=True)
class QueuedJob:
    job: Job
    status: JobStatus


@dataclass(frozen=True, slots=True)
class LaneControl:
    state: str
    """active, paused or parked."""
    reason: str
    limit: float | None
    """The operator's limit on requests per second; None = no limit."""


@dataclass(frozen=True, slots=True)
class Backlog:
    jobs: int
    """All jobs of the lane."""
    waiting: int
    """Jobs in the waiting list: neither urgent, delayed nor in flight."""


@dataclass(frozen=True, slots=True)
class LiveWorker:
    worker_id: str
    heartbeat_ms: int
    """Time of its last heartbeat (shop_queue/ready_clock.py)."""


@dataclass(frozen=True, slots=True)
class FoundProducts:
    new: list[str]
    """Products that are neither queued, nor in audit, nor blocked."""
    blocked: dict[str, BlockedProduct]
    """Blocked products without a job."""


class LaneReader:
    def __init__(self, redis: AnyRedis) -> None:
        self._redis = redis

    async def controls(self, shop_ids: Sequence[str]) -> list[LaneControl]:
        """Returns the controls in the order of the shops."""
        commands = [("HMGET", lane_keys(shop_id).control, "state", "reason", "limit") for shop_id in shop_ids]
        return [
            LaneControl(_text(state) or "active", _text(reason), float(limit) if limit else None)
            for state, reason, limit in await in_pipelines(self._redis, commands)
        ]

    async def backlog(self, shop_id: str) -> Backlog:
        keys = lane_keys(shop_id)
        jobs, waiting = await in_pipelines(self._redis, [("HLEN", keys.jobs), ("LLEN", keys.waiting)])
        return Backlog(int(jobs), int(waiting))

    async def is_in_flight(self, shop_id: str, job_id: str) -> bool:
        return await self._redis.execute_command("ZSCORE", lane_keys(shop_id).inflight, job_id) is not None

    async def jobs_of_product(self, shop_id: str, product_id: str) -> list[QueuedJob]:
        """Its relist, audit and undo jobs. Raises ValueError for a payload this version cannot read."""
        keys = lane_keys(shop_id)
        ids = (product_id, audit_job_id(product_id), undo_job_id(product_id))
        commands: list[tuple[str, ...]] = []
        for job_id in ids:
            commands += [("HGET", keys.jobs, job_id), ("ZSCORE", keys.inflight, job_id)]
            commands += [("ZSCORE", keys.delayed, job_id)]
        replies = await in_pipelines(self._redis, commands)
        found = []
        for job_id, payload, running, delayed in zip(ids, replies[::3], replies[1::3], replies[2::3], strict=True):
            if payload is not None:
                status: JobStatus = (
                    "running" if running is not None else "delayed" if delayed is not None else "waiting"
                )
                found.append(QueuedJob(Job.load(shop_id, job_id, payload), status))
        return found

    async def shops_with_job(self, shop_ids: Sequence[str], product_id: str) -> list[str]:
        """Return the shops in which a job of this product waits or runs."""
        commands = [("HEXISTS", lane_keys(shop_id).jobs, product_id) for shop_id in shop_ids]
        found = await in_pipelines(self._redis, commands)
        return [shop_id for shop_id, exists in zip(shop_ids, found, strict=True) if exists]

    async def found_products(self, shop_id: str, product_ids: Sequence[str]) -> FoundProducts:
        """The state in the lane of products that a search has found."""
        if not product_ids:
            return FoundProducts([], {})
        keys = lane_keys(shop_id)
        commands = [
            ("HMGET", keys.jobs, *product_ids),
            ("HMGET", keys.jobs, *map(audit_job_id, product_ids)),
            ("HMGET", keys.blocked, *product_ids),
        ]
        replies = await in_pipelines(self._redis, commands)
        known = list(zip(*replies, strict=True))
        new = [each for each, found in zip(product_ids, known, strict=True) if found == (None, None, None)]
        return FoundProducts(
            new,
            {
                product_id: BlockedProduct.load(shop_id, product_id, record)
                for product_id, (job, audit, record) in zip(product_ids, known, strict=True)
                if record is not None and job is None and audit is None
            },
        )

    async def ends_without_jobs(self, shop_id: str, product_ids: Sequence[str]) -> list[ProductStateName | None]:
        """The last end of each product; None if it is unknown or still has a job."""
        if not product_ids:
            return []
        values = await self._redis.execute_command("HMGET", lane_keys(shop_id).products, *product_ids)
        return [last_end(value) for value in values]

    async def states(self, products: Sequence[tuple[str, str]]) -> dict[tuple[str, str], ProductStateName]:
        """The current state of these (shop, product) pairs, as `relist status` counts them; unknown ones are absent."""
        of_shops: dict[str, list[str]] = {}
        for shop_id, product_id in products:
            of_shops.setdefault(shop_id, []).append(product_id)
        commands: list[tuple[str, ...]] = []
        for shop_id, product_ids in of_shops.items():
            keys = lane_keys(shop_id)
            commands += [
                ("HMGET", keys.products, *product_ids),
                ("ZMSCORE", keys.inflight, *product_ids),
                ("ZMSCORE", keys.inflight, *map(undo_job_id, product_ids)),
            ]
        replies = await in_pipelines(self._redis, commands)
        found: dict[tuple[str, str], ProductStateName] = {}
        for place, (shop_id, product_ids) in enumerate(of_shops.items()):
            for product_id, value, relist, undo in zip(product_ids, *replies[3 * place : 3 * place + 3], strict=True):
                state = current_state(value, relist is not None or undo is not None)
                if state is not None:
                    found[shop_id, product_id] = state
        return found

    async def enqueued(self) -> dict[tuple[str, str], int]:
        """Jobs enqueued so far, by (producer, kind)."""
        counted = await self._redis.hgetall(ENQUEUED)  # type: ignore[misc]
        totals = {}
        for name, number in counted.items():
            producer, _, kind = name.decode(errors="replace").partition("|")
            totals[producer, kind] = int(number)
        return totals

    async def holders(self) -> dict[str, str]:
        """Leased shops, each with the worker that holds its lease."""
        holders = await self._redis.hgetall(HOLDERS)  # type: ignore[misc]
        return {
            shop_id.decode(errors="replace"): holder.decode(errors="replace").rpartition("|")[0]
            for shop_id, holder in holders.items()
        }

    async def workers(self) -> list[LiveWorker]:
        """Workers that have not deregistered, those with the oldest heartbeat first."""
        entries = await self._redis.zrange(WORKERS, 0, -1, withscores=True)
        return [LiveWorker(name.decode(errors="replace"), int(score)) for name, score in entries]


def _text(value: bytes | None) -> str:
    return value.decode() if value else ""
