"""Cancels a run's queued work in every shop, for `relist cancel` and `relist undo --cancel`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from config.settings import Settings
from redis_client.connect import AnyRedis
from shop_queue.cancelling import Cancellation


@dataclass(frozen=True, slots=True)
class CancelledWork:
    ended: int
    """Jobs that were queued."""
    in_flight: int
    """Jobs that workers were still running when the wait for them was over."""


async def cancel_work(
    redis: AnyRedis, settings: Settings, shop_ids: Sequence[str], run_id: str, wait_seconds: float
) -> CancelledWork:
    """Raises one of REDIS_UNAVAILABLE."""
    cancellation = Cancellation(redis, settings.outcomes_maxlen)
    ended = in_flight = 0
    for shop_id in shop_ids:
        done = await cancellation.cancel(shop_id, run_id, datetime.now(UTC), wait_seconds)
        ended, in_flight = ended + done.ended, in_flight + done.in_flight
    return CancelledWork(ended, in_flight)
