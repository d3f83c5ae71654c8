"""Maps the errors of jobs to waits, parks and outcomes."""

from __future__ import annotations

from dataclasses import replace

import structlog

from model.job import Job
from model.outcome import Outcome, Reason
from record.errors import RecordUnavailable
from redis_client.connect import REDIS_UNAVAILABLE
from rollout.codec import CorruptRecord
from rollout.store import RolloutFull
from rollout.transactions import RolloutContended
from shop_queue.corrupt_lane import is_lane_corruption
from shop_queue.shop_registry import UnknownShop
from tiktok_shop.errors import HourlyQuotaExceeded, ProductLocked, ProductNotFound, QuotaExceeded, TikTokShopError
from token_store.cipher import TokenKeyMismatch
from worker.engine.call_permits import JobPermits
from worker.engine.job_handler import JobFunction
from worker.engine.results import Done, Park, Result, Retry, Snooze, Wait
from worker.engine.state import QUARANTINE_SECONDS
from worker.error_policy import REFUSED_SECONDS, locked, result_of
from worker.jobs.recording import record_state
from worker.services import MarketClosed, Services
from worker.shop_authorisation import ShopNotAuthorised

log = structlog.get_logger("relist.jobs")

RECORD_UNAVAILABLE_SECONDS = 60.0
ROLLOUT_CONTENDED_SECONDS = 1.0
ROLLOUT_UNAVAILABLE_SECONDS = 60.0


def with_error_mapping(services: Services, run: JobFunction) -> JobFunction:
    """Wraps `run` and maps its errors to results; worker/error_policy.py decides about errors of the platform.

    A relist job runs with the decisions that its product keeps from earlier jobs, and ends with them.
    """

    async def mapped(job: Job, permits: JobPermits) -> Result:
        decided = job

        async def run_decided(job: Job, permits: JobPermits) -> Result:
            nonlocal decided
            decided = await services.decisions.added_to(job)
            return await run(decided, permits)

        result = await _result(services, run_decided, job, permits)
        outcome = result.outcome if isinstance(result, Done | Wait) else None
        if outcome is not None:
            await record_state(services, decided, outcome)
        if decided is not job and isinstance(result, Done | Retry):
            return replace(result, job=result.job or decided)
        return result

    return mapped


async def _result(services: Services, run: JobFunction, job: Job, permits: JobPermits) -> Result:
    try:
        result = await run(job, permits)
        if isinstance(result, Done) and job.product_id:
            services.unknown_codes.finished(job.shop_id)
        return result
    except UnknownShop as unknown:
        return Done(Outcome("failed", reasons=(Reason("unknown_shop", str(unknown), "operator", "shop_id"),)))
    except MarketClosed as closed:
        return Park(closed.reason, closed.seconds)
    except ShopNotAuthorised as mismatch:
        return Park(str(mismatch), REFUSED_SECONDS)
    except TokenKeyMismatch as mismatch:
        return Park(str(mismatch))
    except RecordUnavailable as unavailable:
        log.error("record_unavailable", error=str(unavailable), shop_id=job.shop_id)
        return Park(str(unavailable), RECORD_UNAVAILABLE_SECONDS)
    except RolloutContended as contended:
        return Snooze(ROLLOUT_CONTENDED_SECONDS, str(contended))
    except (CorruptRecord, RolloutFull) as unavailable:
        log.error("rollout_unavailable", error=str(unavailable), shop_id=job.shop_id)
        return Park(str(unavailable), ROLLOUT_UNAVAILABLE_SECONDS)
    except REDIS_UNAVAILABLE as error:
        if is_lane_corruption(error):
            return Park(
                f"Redis refuses a command the job needs, and retrying will not help: {error}", QUARANTINE_SECONDS
            )
        raise  # The engine counts it, and the job runs again.
    except ProductLocked as lock:
        return locked(job, lock, services.now())
    except TikTokShopError as error:
        if isinstance(error, ProductNotFound) and job.product_id:
            missing = {"id": job.product_id, "update_time": int(services.transport.timestamp())}
            await services.deleted.remember(job.shop_id, missing)
        return _result_of_error(services, job, error)


def _result_of_error(services: Services, job: Job, error: TikTokShopError) -> Result:
    result = result_of(error, services.now())
    if isinstance(error, QuotaExceeded) and not isinstance(error, HourlyQuotaExceeded) and isinstance(result, Park):
        return services.quotas.used_up(job.shop_id, result, services.now())
    if error.is_unknown and isinstance(result, Done):
        return services.unknown_codes.park(job.shop_id, job.product_id or job.id, error) or result
    return result
