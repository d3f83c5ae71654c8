"""Progress of a shop's last search over all its products: products left, speed, expected end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import orjson

from redis_client.connect import AnyRedis
from shop_queue.keys import OUTCOMES, lane_keys

PROCESSED = ("in_audit", "needs_input", "failed", "gone", "already_v2")
"""Counters of products processed once; `relisted` and `rejected` follow an audit and are counted by `in_audit`."""
SPEED_WINDOW = timedelta(minutes=10)
MAX_OUTCOMES = 20_000

ForecastStatus = Literal["done", "on time", "late", "unknown", "no date"]


@dataclass(frozen=True, slots=True)
class Forecast:
    verdict: ForecastStatus
    finish: datetime | None = None
    late_by: timedelta | None = None


def forecast(left: int, per_second: float, deadline: date | None, now: datetime) -> Forecast:
    """Pure. The deadline is midnight UTC at the start of its day."""
    if left <= 0:
        return Forecast("done")
    if per_second <= 0:
        return Forecast("unknown")
    seconds = left / per_second
    finish = now + timedelta(seconds=seconds) if seconds < 1e9 else None
    if deadline is None:
        return Forecast("no date", finish)
    end = datetime(deadline.year, deadline.month, deadline.day, tzinfo=now.tzinfo)
    if finish is not None and finish <= end:
        return Forecast("on time", finish)
    return Forecast("late", finish, finish - end if finish else None)


async def begin_progress(redis: AnyRedis, shop_id: str, on_v1: int) -> None:
    """Notes that a search has begun and that the platform reports this many products on v1."""
    keys = lane_keys(shop_id)
    counts = await redis.hmget(keys.counters, list(PROCESSED))  # type: ignore[misc]
    processed = sum(int(value or 0) for value in counts)
    await redis.hset(keys.control, mapping={"sweep_total": on_v1, "sweep_treated": processed})  # type: ignore[misc]


async def correct_progress(redis: AnyRedis, shop_id: str, on_v1: int) -> None:
    """Replaces the number of products on v1 when a search ends, because it counted products that cannot move."""
    await redis.hset(lane_keys(shop_id).control, mapping={"sweep_total": on_v1})  # type: ignore[misc]


def products_left(total: int, processed_before: int, outcomes: Mapping[str, int]) -> int:
    """Products of the last search that have not been processed yet. Pure."""
    return max(0, total - (sum(outcomes.get(name, 0) for name in PROCESSED) - processed_before))


async def speeds(redis: AnyRedis, now: datetime) -> dict[str, float]:
    """Products per second of each shop over the last minutes, from the published outcomes."""
    first = int((now - SPEED_WINDOW).timestamp() * 1000)
    entries = await redis.xrevrange(OUTCOMES, "+", str(first), count=MAX_OUTCOMES)
    if not entries:
        return {}
    counted: Counter[str] = Counter()
    for _, fields in entries:
        outcome = orjson.loads(fields[b"outcome"])
        if outcome["outcome"] in PROCESSED and outcome["product_id"]:
            counted[outcome["shop_id"]] += 1
    oldest = int(entries[-1][0].partition(b"-")[0]) / 1000
    seconds = max(1.0, now.timestamp() - oldest)
    return {shop_id: count / seconds for shop_id, count in counted.items()}
