"""Retries a job once with a fresh catalogue, since the catalogue may change while the job runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from catalogue.cache import CatalogueCache
from model.outcome import Actor, Outcome, Reason
from model.shop import Shop
from tiktok_shop.errors import CategoryClosed, StaleCatalogue
from worker.engine.results import Done, Result


async def with_fresh_catalogue(
    catalogue: CatalogueCache, shop: Shop, attempt: Callable[[], Awaitable[Result]]
) -> Result:
    """Runs `attempt`. A second StaleCatalogue ends the job as `needs_input`; other errors are raised."""
    try:
        return await attempt()
    except StaleCatalogue as stale:
        if isinstance(stale, CategoryClosed):
            await catalogue.forget_permissions(shop.shop_id)
        else:
            await catalogue.forget(shop.region, stale.category_id)
    try:
        return await attempt()
    except StaleCatalogue as stale:
        actor: Actor = "seller" if isinstance(stale, CategoryClosed) else "operator"
        reason = Reason(str(stale.code), stale.message, actor, stale.field)
        return Done(Outcome("needs_input", stale.category_id or None, stale.request_id, (reason,)))
