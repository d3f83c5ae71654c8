"""Counts refused and accepted edits and creations by feature. An error in either must not end the job, which already
has its result.
"""

from __future__ import annotations

import structlog

from redis_client.connect import REDIS_UNAVAILABLE
from relisting.legacy_values import LEGACY_FIELD, carries_legacy
from relisting.planned import PlannedEdit
from tiktok_shop.errors import ProductProblem, StaleCatalogue
from worker.services import Services

log = structlog.get_logger("relist.jobs")


def legacy_refusal(plan: PlannedEdit, error: StaleCatalogue) -> ProductProblem | None:
    """The refusal of a value that the plan keeps although its leaf does not list it, or None.

    Its codes usually mean that the catalogue has changed. In this case the catalogue agrees with the platform.
    """
    if error.field != LEGACY_FIELD or not carries_legacy(plan.features):
        return None
    problem = ProductProblem(
        error.message,
        code=error.code,
        endpoint=error.endpoint,
        request_id=error.request_id,
        http_status=error.http_status,
        field=LEGACY_FIELD,
    )
    problem.actor = "seller"
    return problem


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
