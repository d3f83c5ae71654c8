"""Maintenance of the queue, once a minute: relays outboxes of dead workers, requeues orphaned shops, trims outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog

from config.version import process_version
from redis_client.connect import AnyRedis
from shop_queue.reader import LaneReader
from shop_queue.reaper import requeue_orphaned_shops
from shop_queue.shop_registry import ShopRegistry
from shop_queue.stream_limits import limit_outcomes
from shop_queue.worker_outages import forget_outages
from shop_queue.worker_problems import forget_problems
from shop_queue.worker_versions import forget_versions, note_version
from worker.engine.lane_engine import LaneEngine

log = structlog.get_logger("relist.worker")


@dataclass(frozen=True, slots=True)
class Maintenance:
    redis: AnyRedis
    engine: LaneEngine
    shops: ShopRegistry
    worker_id: str

    async def run(self, ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> None:
        """A cron job of arq. Raises RedisError."""
        known = [shop.shop_id for shop in await self.shops.all()]
        await self.engine.relay_outboxes(known)
        orphaned = await requeue_orphaned_shops(self.redis, known)
        await limit_outcomes(self.redis)
        await note_version(self.redis, self.worker_id, process_version())
        live = [each.worker_id for each in await LaneReader(self.redis).workers()]
        await forget_versions(self.redis, live)
        await forget_outages(self.redis, live)
        await forget_problems(self.redis, live)
        if orphaned:
            log.warning("orphaned_shops_requeued", count=len(orphaned))
