"""A job and its enqueue options, in the format of the scripts."""

from __future__ import annotations

from model.immutable import immutable
from model.job import Job, audit_job_id


@immutable
class EnqueueRequest:
    job: Job
    delay_seconds: float = 0.0
    update_only: bool = False
    """A webhook event updates an existing job and never adds one."""
    skip_if_pending: bool = False
    """Skip products that are in audit or blocked: a search finds them again."""
    is_draft: bool = False
    """A search found the product as a draft."""
    entry: str = ""
    """Id of the intake entry the job came with."""
    keeps_audit: bool = False
    """A follow-up job for an edit whose audit may already be followed: a job in the lane stays unchanged."""

    def arguments(self) -> tuple[str | bytes | int, ...]:
        """Six script arguments: id, payload, place, delay in ms, flags, related job or product (lua/enqueue.lua)."""
        job = self.job
        place = "d" if self.delay_seconds > 0 else "u" if job.priority == "urgent" else "n"
        flags = "h" if job.priority == "urgent" or job.has_hints else ""
        if self.update_only:
            flags += "u"
        if self.skip_if_pending:
            flags += "s"
        if job.dry_run:
            flags += "d"
        if job.kind == "audit":
            flags += "a"
        if self.is_draft:
            flags += "t"
        if self.keeps_audit:
            flags += "k"
        related = job.product_id if job.kind == "audit" else audit_job_id(job.id) if job.kind == "relist" else ""
        return (
            job.id,
            job.dump(),
            place,
            int(self.delay_seconds * 1000),
            flags,
            related,
        )
