"""A call that does not depend on any product and shows whether the API responds for a shop."""

from __future__ import annotations

import structlog

from redis_client.connect import REDIS_UNAVAILABLE
from shop_queue.shop_registry import UnknownShop
from tiktok_shop.errors import TikTokShopError, TokensUnavailable
from token_store.cipher import TokenKeyMismatch
from worker.engine.call_permits import JobPermits
from worker.engine.outages import Probe
from worker.error_policy import is_outage
from worker.services import MarketClosed, Services

log = structlog.get_logger("relist.jobs")


def probe_of(services: Services) -> Probe:
    """A probe that searches for one product of the shop."""

    async def probe(shop_id: str, permits: JobPermits) -> bool | None:
        try:
            _, client = await services.client_for(shop_id, permits)
            await client.search_products({"status": "ALL"}, page_size=1)
        except TokensUnavailable:
            return False
        except TikTokShopError as error:
            return not is_outage(error)
        except UnknownShop:
            # The lane of the canary, or of a shop that was removed.
            return None
        except (MarketClosed, TokenKeyMismatch, *REDIS_UNAVAILABLE) as error:
            log.warning("probe_not_sent", shop_id=shop_id, error=type(error).__name__)
            return False
        return True

    return probe
