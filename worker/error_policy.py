"""Decides how to react to an error of the platform: wait, retry, park the shop, ask a person or give up. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from authorisation.causes import ALLOW_LIST, SCOPE_MISSING, cause_of
from model.job import Job
from model.job_state import stored_state
from model.outcome import Outcome, Reason
from tiktok_shop import errors
from worker.engine.results import Done, Park, Result, Retry, Snooze, Wait

THROTTLED_SECONDS = 2.0
LOCKED_SECONDS = 1800.0
MAX_LOCK_SECONDS = 24 * 3600
"""A product that is locked for longer ends as `needs_input`, so that no product waits forever."""
UNAVAILABLE_SECONDS = 30.0
REFUSED_SECONDS = 3600.0
"""Seconds for which a refused shop stays parked. The seller may fix the cause without any event to the service."""
APP_SECONDS = 60.0
"""Short, so that one worker with an old secret does not stop a shop for long."""
HOURLY_QUOTA_SECONDS = 900.0
"""Interval at which a sandbox shop without quota is tried again; the start of the platform's hour is undocumented."""
_NEW_TOKENS = "let the seller authorise the app again: relist shops connect"
NOT_THE_TOKEN = {
    ALLOW_LIST: "this machine's IP address is not on the app's allow list",
    SCOPE_MISSING: "the app lacks a permission",
}
"""Refusals that new tokens alone do not resolve."""


def result_of(error: errors.TikTokShopError, now: datetime) -> Result:
    """The result of a job that raised this error."""
    match error:
        case errors.Throttled():
            return Snooze(error.retry_after or THROTTLED_SECONDS, "throttled")
        case errors.HourlyQuotaExceeded():
            return Park("the sandbox shop's hourly quota is used up", error.retry_after or HOURLY_QUOTA_SECONDS)
        case errors.QuotaExceeded():
            return Park("the shop's daily quota is used up", _until_tomorrow(now))
        case errors.AuthFailed() if error.code in NOT_THE_TOKEN:
            what, app = NOT_THE_TOKEN[error.code], f", app {error.app}" if error.app else ""
            return Park(f"{what} ({error}{app}): {_lower_first(error.remedy)}", REFUSED_SECONDS)
        case errors.AuthFailed():
            remedy = error.remedy if error.remedy and not error.can_refresh else _NEW_TOKENS
            if error.is_unknown:
                remedy = f"classify the code in RELIST_ERROR_CODES_FILE, or {remedy}"
            return Park(f"the platform refuses the shop's token ({error}): {_lower_first(remedy)}", REFUSED_SECONDS)
        case errors.UnknownApp():
            return Park(f"a worker lacks the app ({error}): add it there, and restart that worker", APP_SECONDS)
        case errors.InvalidAppCredentials():
            settings = f"[{error.app}] in RELIST_APPS_FILE" if error.app else "RELIST_APP_KEY and RELIST_APP_SECRET"
            return Park(f"the platform refuses the app ({error}): check {settings}", APP_SECONDS)
        case errors.TokensUnavailable():
            return Park(
                f"the shop's token has expired: {error}; the worker tries again automatically", UNAVAILABLE_SECONDS
            )
        case errors.ShopBlocked():
            advice = f": {_lower_first(error.remedy)}" if error.remedy else ""
            return Park(f"the seller's account cannot list products ({error}){advice}", REFUSED_SECONDS)
        case errors.ProductNotFound():
            # A wrong shop id has the same code, so keep the message, which helps to find the mistake.
            reason = Reason(str(error.code), error.message, "operator")
            return Done(Outcome("gone", request_id=error.request_id, reasons=(reason,)))
        case errors.Transient() | errors.StaleCatalogue():
            outage, code = is_outage(error), str(error.code or "transient")
            return Retry(str(error), code, error.request_id, outage=outage, cause=cause_of(error) if outage else None)
        case errors.ProductProblem():
            message = f"{error.message}. {error.operators_remedy}" if error.operators_remedy else error.message
            reason = Reason(str(error.code), message, error.actor or "seller", error.field)
            return Done(Outcome("needs_input", request_id=error.request_id, reasons=(reason,)))
        case _:
            reason = Reason(str(error.code), str(error), "operator", error.field)
            return Done(Outcome("failed", request_id=error.request_id, reasons=(reason,)))


def locked(job: Job, error: errors.ProductLocked, now: datetime) -> Done | Wait:
    """Waits for the end of a lock, such as a promotion or an auction. A status that forbids edits may last forever.

    The wait is published when it begins.
    """
    state = stored_state(job.kind, job.state)
    moment = int(now.timestamp())
    since = state.locked_since or moment
    if moment - since < MAX_LOCK_SECONDS:
        waits_since, code = state.waiting_since or moment, str(error.code)
        waiting = replace(job, state=replace(state, locked_since=since, waiting_since=waits_since, waiting_for=code))
        reason = Reason(code, error.message, "platform", error.field)
        begun = None if state.waiting_since else Outcome("waiting", request_id=error.request_id, reasons=(reason,))
        return Wait(waiting, begun, LOCKED_SECONDS, f"locked: {error.message}")
    hours = (moment - since) // 3600
    message = f"{error.message} (for {hours} hours; relist retry --reason {error.code} once it has ended)"
    reason = Reason(str(error.code), message, "seller", error.field)
    return Done(Outcome("needs_input", request_id=error.request_id, reasons=(reason,)))


def _lower_first(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def is_outage(error: errors.TikTokShopError) -> bool:
    """Whether the API seems to be down: no response, a response from a proxy, or the code for an internal error.

    The HTTP status of these codes is not documented. A malformed response about one product is not an outage.
    """
    if (error.http_status or 0) >= 500 or isinstance(error, errors.NonApiResponse):
        return True
    return isinstance(error, errors.Transient) and not isinstance(error, errors.MalformedResponse)


def _until_tomorrow(now: datetime) -> float:
    """Seconds until one minute past midnight UTC. The start of the platform's day is undocumented."""
    midnight = (now.astimezone(UTC) + timedelta(days=1)).replace(hour=0, minute=1, second=0, microsecond=0)
    return (midnight - now.astimezone(UTC)).total_seconds()
