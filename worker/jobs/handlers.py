"""Every kind of job a worker knows, and what the engine must know of each."""

from __future__ import annotations

from redis_client.connect import AnyRedis
from worker.engine.job_handler import JobHandler
from worker.jobs.audit import FollowAudit, first_access
from worker.jobs.canary import Heartbeat
from worker.jobs.create_listing import ListProduct
from worker.jobs.error_mapping import ending
from worker.jobs.relist import Relist
from worker.jobs.search import Search
from worker.jobs.undo import Undo
from worker.jobs.upgrade import Upgrade
from worker.services import Services


def job_handlers(services: Services, redis: AnyRedis) -> dict[str, JobHandler]:
    return {
        "relist": JobHandler(ending(services, Relist(services)), writes=True),
        "list": JobHandler(ending(services, ListProduct(services)), lambda _: "write"),
        "undo": JobHandler(ending(services, Undo(services)), writes=True),
        "audit": JobHandler(ending(services, FollowAudit(services)), first_access),
        "search": JobHandler(ending(services, Search(services, redis)), is_product=False),
        "upgrade": JobHandler(ending(services, Upgrade(services)), is_product=False),
        "heartbeat": JobHandler(Heartbeat(redis), lambda _: None, timeout_seconds=30.0, is_product=False),
    }
