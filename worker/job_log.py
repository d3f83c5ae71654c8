"""Logs one line per run of a job, so that a product can be traced through the logs of all workers."""

from __future__ import annotations

import structlog

from model.job import Job
from worker.engine.observer import Observer
from worker.engine.results import Done, Park, Result, Retry, Snooze, Wait

log = structlog.get_logger("relist.jobs")


class JobLog(Observer):
    def job_ended(self, job: Job, result: Result, seconds: float) -> None:
        if job.kind == "canary":
            return
        about: dict[str, object] = {
            "shop_id": job.shop_id,
            "job_id": job.id,
            "kind": job.kind,
            "attempt": job.attempts + 1,
        }
        if job.product_id:
            about["product_id"] = job.product_id
        if job.trace_id:
            about["trace_id"] = job.trace_id
        match result:
            case Done(outcome):
                codes = [reason.code for reason in outcome.reasons]
                log.info("job_done", outcome=outcome.outcome, request_id=outcome.request_id, reasons=codes, **about)
            case Retry(error, code, request_id):
                log.warning("job_retried", error=error, code=code, request_id=request_id, **about)
            case Snooze(waits, reason) | Wait(_, _, waits, reason):
                log.info("job_snoozed", reason=reason, seconds=waits, **about)
            case Park():
                pass  # shop_parked logs this once per shop.
            case _:
                log.debug("job_continued", **about)

    def shop_parked(self, shop_id: str, reason: str) -> None:
        log.warning("shop_parked", reason=reason, shop_id=shop_id)
