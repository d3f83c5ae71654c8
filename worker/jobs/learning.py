"""Reports the result of an edit to the refusal store. Errors here must not end the job."""

from __future__ import annotations

import structlog

from redis_client.connect import REDIS_UNAVAILABLE
from relisting.planned import PlannedEdit
from tiktok_shop.errors import ProductProblem
from worker.services import Services

log = structlog.get_logger("relist.jobs")


async def note_refusal(services: Services, region: str, plan: PlannedEdit, error: ProductProblem) -> None:
    if not plan.features:
        return
    try:
        await services.refusals.refused(region, plan.features, error.code, error.field, error.message)
    except REDIS_UNAVAILABLE as unavailable:
        log.warning("refusal_not_counted", error=str(unavailable))


async def note_acceptance(services: Services, region: str, plan: PlannedEdit) -> None:
    if not plan.features:
        return
    try:
        await services.refusals.accepted(region, plan.features)
    except REDIS_UNAVAILABLE as unavailable:
        log.warning("refusal_not_counted", error=str(unavailable))
