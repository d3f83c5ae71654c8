"""Keeps a product off sale after its edit if the seller has deactivated it.

It is unknown whether an edit puts a deactivated product on sale (fact edit_of_deactivated). So each such product is
checked when its edit is live. If it is on sale, it is deactivated immediately, and no others of the region are edited
until the seller agrees.
"""

from __future__ import annotations

import structlog

from model.job import Job
from worker.engine.call_permits import JobPermits
from worker.services import Services

log = structlog.get_logger("relist.jobs")


async def take_off_sale(services: Services, job: Job, permits: JobPermits) -> tuple[str, ...]:
    """Deactivates a product that its edit put on sale. Returns warnings for the outcome. Raises TikTokShopError."""
    shop, client = await services.client_for(job.shop_id, permits)
    evidence = f"product {job.product_id} of shop {job.shop_id}, {services.now().isoformat(timespec='seconds')}"
    await services.habits.observe(shop.region, "edit_reactivates", evidence)
    errors = await client.deactivate([job.product_id])
    log.error("product_reactivated", shop_id=job.shop_id, product_id=job.product_id, job_id=job.id)
    if errors:
        return (f"status: the edit put the product on sale, and it cannot be taken off again: {errors[0].message}",)
    return ("status: the edit put the product on sale; it was deactivated again",)
