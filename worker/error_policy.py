"""What to do about an error of the platform: wait, retry, park the shop, ask for input, or fail the job. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from model.job import Job
from model.job_state import STATE_TYPES, JobState
from model.outcome import Outcome, Reason
from tiktok_shop import errors
from worker.engine.results import Continue, Done, Park, Result, Retry, Snooze

THROTTLED_SECONDS = 2.0
LOCKED_SECONDS = 1800.0
MAX_LOCK_SECONDS = 24 * 3600
"""A product locked for longer than this enters the worklist, since the lock may never end."""
UNAVAILABLE_SECONDS = 30.0
REFUSED_SECONDS = 3600.0
"""How long a shop whose token was refused stays parked. The cause may be fixed without an event that resumes it."""
APP_SECONDS = 60.0
"""Short, so that a worker that still has the old app secret does not stop the other workers for long."""
_OTHER_CIPHER = "its cipher is wrong or belongs to another authorization: run relist shops add with the right one"
_REMEDIES = {
    105005: "grant the app the missing scope in Partner Center, and let the seller authorize it again",
    12009014: "the seller's account needs the permission in Seller Center",
    12019114: "the seller's account needs the permission in Seller Center",
    36009033: "add the workers' addresses to the app's allow list in Partner Center",
}
_NEW_TOKENS = "let the seller authorize the app again, then run relist shops add with the new tokens"


def result_of(error: errors.TikTokShopError, now: datetime) -> Result:
    """The result of a job that met this error."""
    match error:
        case errors.Throttled():
            return Snooze(error.retry_after or THROTTLED_SECONDS, "throttled")
        case errors.QuotaExceeded():
            return Park("the shop's daily quota is used up", _until_tomorrow(now))
        case errors.AuthFailed():
            is_cipher = isinstance(error, errors.InvalidShopCipher)
            remedy = _OTHER_CIPHER if is_cipher else _REMEDIES.get(error.code, _NEW_TOKENS)
            return Park(f"the platform does not accept the shop's token ({error}): {remedy}", REFUSED_SECONDS)
        case errors.InvalidAppCredentials():
            reason = f"the platform does not accept the app ({error}): check RELIST_APP_KEY and RELIST_APP_SECRET"
            return Park(reason, APP_SECONDS)
        case errors.TokensUnavailable():
            return Park(f"the shop's token has expired: {error}; the refresh is retried", UNAVAILABLE_SECONDS)
        case errors.ShopBlocked():
            return Park(f"the seller's account cannot list products: {error}", 3600.0)
        case errors.ProductNotFound():
            # The platform answers the same for a product of another shop, so keep its message for the feeder.
            reason_gone = Reason(str(error.code), error.message, "operator")
            return Done(Outcome("gone", request_id=error.request_id, reasons=(reason_gone,)))
        case errors.Transient() | errors.StaleCatalogue():
            return Retry(str(error), str(error.code or "transient"), error.request_id, outage=_is_outage(error))
        case errors.ProductProblem():
            problem = Reason(str(error.code), error.message, "seller", error.field)
            return Done(Outcome("needs_input", request_id=error.request_id, reasons=(problem,)))
        case _:
            problem = Reason(str(error.code), str(error), "operator", error.field)
            return Done(Outcome("failed", request_id=error.request_id, reasons=(problem,)))


def locked(job: Job, error: errors.ProductLocked, now: datetime) -> Done | Continue:
    """Waits for the lock to end, at most `MAX_LOCK_SECONDS`.

    Promotions and auctions end without anyone acting; a status that allows no edit may never change.
    """
    state = job.state or STATE_TYPES.get(job.kind, JobState)()
    moment = int(now.timestamp())
    since = state.locked_since or moment
    if moment - since < MAX_LOCK_SECONDS:
        return Continue(replace(job, state=replace(state, locked_since=since)), LOCKED_SECONDS)
    hours = (moment - since) // 3600
    message = f"{error.message} (for {hours} hours; run relist retry --reason {error.code} once it has ended)"
    reason = Reason(str(error.code), message, "seller", error.field)
    return Done(Outcome("needs_input", request_id=error.request_id, reasons=(reason,)))


def _is_outage(error: errors.TikTokShopError) -> bool:
    """Whether the API seems to be down: no response, a response that is not the platform's, or an internal error code.

    The HTTP status that comes with such a code is not documented. A malformed response about one product is no outage.
    """
    if (error.http_status or 0) >= 500 or isinstance(error, errors.NonApiResponse):
        return True
    return isinstance(error, errors.Transient) and not isinstance(error, errors.MalformedResponse)


def _until_tomorrow(now: datetime) -> float:
    """Seconds until 00:01 UTC. When the platform resets its quota is not documented."""
    midnight = (now.astimezone(UTC) + timedelta(days=1)).replace(hour=0, minute=1, second=0, microsecond=0)
    return (midnight - now.astimezone(UTC)).total_seconds()
