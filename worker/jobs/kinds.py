"""Every kind of job a worker knows, and what the engine must know of each."""

from __future__ import annotations

from shop_queue.connect import AnyRedis
from worker.engine.job_kind import JobKind
from worker.jobs.audit import FollowAudit, first_access
from worker.jobs.ending import ending
from worker.jobs.heartbeat import Heartbeat
from worker.jobs.list import ListProduct
from worker.jobs.relist import Relist
from worker.jobs.search import Search
from worker.jobs.undo import Undo
from worker.jobs.upgrade import Upgrade
from worker.services import Services


def job_kinds(services: Services, redis: AnyRedis) -> dict[str, JobKind]:
    return {
        "relist": JobKind(ending(services, Relist(services)), writes=True),
        "list": JobKind(ending(services, ListProduct(services)), lambda _: "write"),
        "undo": JobKind(ending(services, Undo(services)), writes=True),
        "audit": JobKind(ending(services, FollowAudit(services)), first_access),
        "search": JobKind(ending(services, Search(services, redis)), is_product=False),
        "upgrade": JobKind(ending(services, Upgrade(services)), is_product=False),
        "heartbeat": JobKind(Heartbeat(redis), lambda _: None, timeout_seconds=30.0, is_product=False),
    }
