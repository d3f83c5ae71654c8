"""The handler of every job kind that a worker can run."""

from __future__ import annotations

from model.job import Job
from redis_client.connect import AnyRedis
from worker.engine.call_permits import Access
from worker.engine.job_handler import JobHandler
from worker.jobs.audit import FollowAudit
from worker.jobs.canary import Canary
from worker.jobs.create_listing import CreateListing
from worker.jobs.error_mapping import with_error_mapping
from worker.jobs.relist import Relist
from worker.jobs.search import Search
from worker.jobs.undo import Undo
from worker.jobs.upgrade import Upgrade
from worker.services import Services


def edits_product(job: Job) -> Access:
    """The permit with which an edit starts: a write permit, so that nothing delays the write after the read."""
    return "read" if job.dry_run else "write"


def job_handlers(services: Services, redis: AnyRedis) -> dict[str, JobHandler]:
    """The handlers by job kind."""
    return {
        "relist": JobHandler(with_error_mapping(services, Relist(services)), edits_product),
        "list": JobHandler(with_error_mapping(services, CreateListing(services)), lambda _: "write"),
        "undo": JobHandler(with_error_mapping(services, Undo(services)), edits_product),
        "audit": JobHandler(with_error_mapping(services, FollowAudit(services))),
        "search": JobHandler(with_error_mapping(services, Search(services, redis)), is_product=False),
        "upgrade": JobHandler(with_error_mapping(services, Upgrade(services)), is_product=False),
        "canary": JobHandler(Canary(redis), lambda _: None, timeout_seconds=30.0, is_product=False),
    }
