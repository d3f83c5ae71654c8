"""What to do about an error of the platform: wait, try again, park the shop, ask a person, or give up. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from model.job import Job
from model.outcome import Outcome, Reason
from tiktok_shop import errors
from worker.engine.results import Continue, Done, Park, Result, Retry, Snooze

THROTTLED_SECONDS = 2.0
LOCKED_SECONDS = 1800.0
LONGEST_LOCK_SECONDS = 24 * 3600
"""After which a person is told: a lock that never ends would be a product without an end."""
UNAVAILABLE_SECONDS = 30.0
LOCKED_SINCE = "locked_since"
REFUSED_SECONDS = 3600.0
"""Until a shop that was refused is looked at again: somebody may have put it right where we are not told of it."""
APP_SECONDS = 60.0
"""A worker that has not been restarted with the new secret yet must not stop the others for long."""
_OTHER_CIPHER = "its cipher is wrong or of another authorisation: relist shops add with the right one"
_REMEDIES = {
    105005: "grant the app what it lacks in Partner Center, and let the seller authorise it again",
    12009014: "the seller's account must be given the permission in Seller Center",
    12019114: "the seller's account must be given the permission in Seller Center",
    36009033: "put the workers' addresses on the app's allow list in Partner Center",
}
_NEW_TOKENS = "let the seller authorise the app again, then relist shops add with the new tokens"


def result_of(error: errors.TikTokShopError, now: datetime) -> Result:
    """The end of a job that met this error."""
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
            return Park(f"the platform does not accept the app ({error}): see RELIST_APP_KEY, _APP_SECRET", APP_SECONDS)
        case errors.TokensUnavailable():
            return Park(f"the shop's token has ended: {error}; tried again by itself", UNAVAILABLE_SECONDS)
        case errors.ShopBlocked():
            return Park(f"the seller's account can not list: {error}", 3600.0)
        case errors.ProductNotFound():
            # A shop id that is not the product's is told in the same way: the words are what a feeder finds it by.
            reason = Reason(str(error.code), error.message, "operator")
            return Done(Outcome("gone", request_id=error.request_id, reasons=(reason,)))
        case errors.Transient() | errors.StaleCatalogue():
            return Retry(str(error), str(error.code or "transient"), error.request_id, outage=_is_outage(error))
        case errors.ProductProblem():
            reason = Reason(str(error.code), error.message, "seller", error.field)
            return Done(Outcome("needs_input", request_id=error.request_id, reasons=(reason,)))
        case _:
            reason = Reason(str(error.code), str(error), "operator", error.field)
            return Done(Outcome("failed", request_id=error.request_id, reasons=(reason,)))


def locked(job: Job, error: errors.ProductLocked, now: datetime) -> Done | Continue:
    """A promotion or an auction ends by itself; a status that allows no edit may be there for good."""
    state, moment = job.state or {}, int(now.timestamp())
    since = int(state.get(LOCKED_SINCE) or moment)
    if moment - since < LONGEST_LOCK_SECONDS:
        return Continue(replace(job, state={**state, LOCKED_SINCE: since}), LOCKED_SECONDS)
    hours = (moment - since) // 3600
    message = f"{error.message} (for {hours} hours; relist retry --reason {error.code} once it has ended)"
    reason = Reason(str(error.code), message, "seller", error.field)
    return Done(Outcome("needs_input", request_id=error.request_id, reasons=(reason,)))


def _is_outage(error: errors.TikTokShopError) -> bool:
    """Whether the API seems to be down: no answer came, none that is the platform's, or its code for a failure inside
    (which HTTP status comes with a code is not documented). An odd answer about one product is none."""
    if (error.http_status or 0) >= 500 or isinstance(error, errors.NonApiResponse):
        return True
    return isinstance(error, errors.Transient) and not isinstance(error, errors.MalformedResponse)


def _until_tomorrow(now: datetime) -> float:
    """Seconds until a minute past midnight UTC; when the platform's day begins is not documented."""
    midnight = (now.astimezone(UTC) + timedelta(days=1)).replace(hour=0, minute=1, second=0, microsecond=0)
    return (midnight - now.astimezone(UTC)).total_seconds()
