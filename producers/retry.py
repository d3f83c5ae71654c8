"""Requeues blocked products selected by reason or outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from model.blocked_product import BlockedProduct
from redis_client.connect import AnyRedis
from shop_queue.blocked_products import blocked_of_shops, found_since, in_lane
from shop_queue.producer import EnqueueRequest, LaneProducer


@dataclass(frozen=True, slots=True)
class RetryFilter:
    """Selects blocked products. An empty field matches everything."""

    reason: str = ""
    outcome: str = ""

    def matches(self, product: BlockedProduct) -> bool:
        return (not self.reason or self.reason in product.codes) and self.outcome in ("", product.outcome)


@dataclass(slots=True)
class RetryResult:
    queued: int = 0
    already_queued: int = 0
    dry_runs: int = 0
    """Number of queued jobs that are dry runs, which edit nothing."""
    not_kept: int = 0
    """Listings to create, whose body is not stored, and undos. Their producer must enqueue them again."""


async def retry_blocked(
    redis: AnyRedis,
    shop_ids: Sequence[str],
    retry_filter: RetryFilter,
    *,
    live: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> RetryResult:
    """Requeue the selected products with their earlier hints. A job already queued or running is left as it is.

    `live` turns all dry runs into real ones; jobs of products found by a real search are real in any case. `progress`
    receives the number of products read and their total.
    """
    lanes, result = LaneProducer(redis, "retry"), RetryResult()
    async for batch, read, total in blocked_of_shops(redis, shop_ids):
        chosen = [product for product in batch if retry_filter.matches(product)]
        retried = [product for product in chosen if product.can_be_retried]
        found = await found_since(redis, retried)
        jobs = [each.retry(live=live or (each.shop_id, each.product_id) in found) for each in retried]
        done = await lanes.enqueue(EnqueueRequest(job) for job in jobs)
        result.queued += done.added
        result.already_queued += done.merged
        result.dry_runs += sum(job.dry_run for job in jobs)
        result.not_kept += len(chosen) - len(jobs)
        progress(read, total)
    return result


async def count_retried(redis: AnyRedis, shop_ids: Sequence[str], retry_filter: RetryFilter) -> RetryResult:
    """Count what `retry_blocked` would do, and change nothing. Raises one of REDIS_UNAVAILABLE."""
    result = RetryResult()
    async for batch, _, _ in blocked_of_shops(redis, shop_ids):
        chosen = [product for product in batch if retry_filter.matches(product)]
        retried = [product for product in chosen if product.can_be_retried]
        found, queued = await found_since(redis, retried), await in_lane(redis, retried)
        jobs = [each.retry(live=(each.shop_id, each.product_id) in found) for each in retried]
        result.already_queued += len(queued)
        result.queued += len(jobs) - len(queued)
        result.dry_runs += sum(job.dry_run and (job.shop_id, job.id) not in queued for job in jobs)
        result.not_kept += len(chosen) - len(jobs)
    return result
