"""The handler of every job kind that a worker can run."""

from __future__ import annotations

from functools import partial

from model.job import Job
from model.job_state import AuditState, state_of
from redis_client.connect import AnyRedis
from worker.engine.call_permits import Access
from worker.engine.job_handler import JobHandler
from worker.jobs.audit import FollowAudit
from worker.jobs.audit_notice import notice_of
from worker.jobs.canary import Canary
from worker.jobs.create_listing import CreateListing
from worker.jobs.error_mapping import with_error_mapping
from worker.jobs.read_back import awaits_read_back
from worker.jobs.relist import Relist
from worker.jobs.rollout_state import is_held
from worker.jobs.search import Search
from worker.jobs.undo import Undo
from worker.jobs.upgrade import Upgrade
from worker.services import Services


def edits_product(services: Services, job: Job) -> Access | None:
    """An edit starts with its write permit, so that only the decision comes between its read and its write.

    An edit that the rollout holds asks the rollout first, without a call.
    """
    if job.dry_run:
        return "read"
    is_waiting = services.rollout is not None and (is_held(job) or services.held.level_before_reading(job.shop_id))
    return None if is_waiting else "write"


def follows_audit(job: Job) -> Access | None:
    """Most audits are followed without a call, by a search that an earlier job has made."""
    is_searched = notice_of(job) == "APPROVED" or state_of(job.state, AuditState).notice is None
    return None if is_searched and not awaits_read_back(job) else "read"


def job_handlers(services: Services, redis: AnyRedis) -> dict[str, JobHandler]:
    """The handlers by job kind."""
    return {
        "relist": JobHandler(with_error_mapping(services, Relist(services)), partial(edits_product, services)),
        "list": JobHandler(with_error_mapping(services, CreateListing(services)), lambda _: "write"),
        "undo": JobHandler(with_error_mapping(services, Undo(services)), partial(edits_product, services)),
        "audit": JobHandler(with_error_mapping(services, FollowAudit(services)), follows_audit),
        "search": JobHandler(with_error_mapping(services, Search(services, redis)), is_product=False),
        "upgrade": JobHandler(with_error_mapping(services, Upgrade(services)), is_product=False),
        "canary": JobHandler(Canary(redis), lambda _: None, timeout_seconds=30.0, is_product=False),
    }
