"""Runs a class of blocked products again: those with a reason, or with an outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from model.blocked_product import BlockedProduct
from redis_client.connect import AnyRedis
from shop_queue.blocked_products import blocked_of_shops
from shop_queue.producer import EnqueueRequest, LaneProducer


@dataclass(frozen=True, slots=True)
class Choice:
    """Which blocked products; what is empty chooses all."""

    reason: str = ""
    outcome: str = ""

    def takes(self, product: BlockedProduct) -> bool:
        return (not self.reason or self.reason in product.codes) and self.outcome in ("", product.outcome)


@dataclass(slots=True)
class Retried:
    queued: int = 0
    already_queued: int = 0
    dry_runs: int = 0
    """Of the queued ones: nothing will be edited."""
    not_kept: int = 0
    """Listings to be created, whose body is not kept, and undos: whoever asked for them asks again."""


async def retry_blocked(
    redis: AnyRedis,
    shop_ids: Sequence[str],
    choice: Choice,
    *,
    live: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Retried:
    """Each with the hints it had; one that waits or runs already stays as it is."""
    lanes, retried = LaneProducer(redis, "retry"), Retried()
    async for batch, read, total in blocked_of_shops(redis, shop_ids):
        chosen = [product for product in batch if choice.takes(product)]
        jobs = [product.retry(live=live) for product in chosen if product.can_be_retried]
        done = await lanes.enqueue(EnqueueRequest(job) for job in jobs)
        retried.queued += done.added
        retried.already_queued += done.merged
        retried.dry_runs += sum(job.dry_run for job in jobs)
        retried.not_kept += len(chosen) - len(jobs)
        progress(read, total)
    return retried
