"""The one place that turns the errors of a job into waits, parks and outcomes."""

from __future__ import annotations

from model.job import Job
from model.outcome import Outcome, Reason
from record.journal import JournalUnwritable
from redis_client.connect import REDIS_UNAVAILABLE
from shop_queue.corrupt_lane import is_lane_corruption
from shop_queue.shop_registry import UnknownShop
from tiktok_shop.errors import ProductLocked, TikTokShopError
from token_store.cipher import TokenKeyMismatch
from worker.engine.call_permits import JobPermits
from worker.engine.job_handler import JobFunction
from worker.engine.results import Done, Park, Result, Snooze
from worker.engine.state import QUARANTINE_SECONDS
from worker.error_policy import locked, result_of
from worker.services import MarketClosed, Services

UNWRITABLE_SECONDS = 60.0
REDIS_UNAVAILABLE_SECONDS = 1.0


def with_error_mapping(services: Services, run: JobFunction) -> JobFunction:
    """`run` with its errors mapped to results; worker/error_policy.py decides about errors of the platform."""

    async def mapped(job: Job, permits: JobPermits) -> Result:
        try:
            return await run(job, permits)
        except UnknownShop as unknown:
            return Done(Outcome("failed", reasons=(Reason("unknown_shop", str(unknown), "operator", "shop_id"),)))
        except MarketClosed as closed:
            return Park(closed.reason, closed.seconds)
        except TokenKeyMismatch as mismatch:
            return Park(str(mismatch))
        except JournalUnwritable as unwritable:
            return Park(str(unwritable), UNWRITABLE_SECONDS)
        except REDIS_UNAVAILABLE as error:
            if is_lane_corruption(error):
                return Park(
                    f"Redis refuses a command the job needs, and retrying will not help: {error}", QUARANTINE_SECONDS
                )
            return Snooze(REDIS_UNAVAILABLE_SECONDS, "Redis is unavailable")
        except ProductLocked as lock:
            return locked(job, lock, services.now())
        except TikTokShopError as error:
            return result_of(error, services.now())

    return mapped
